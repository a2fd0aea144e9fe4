/** The command line `ballast`: its commands, options and what they run. */
import { Argument, Command, CommanderError, Option } from "commander";
import { DEFAULT_CONFIG_PATH } from "../config/load.ts";
import { EXIT, exitCodeOf, UsageError } from "../exit.ts";
import { harmlessText } from "../model/foreign-text.ts";
import type { ModeChoice } from "../model/settings.ts";
import { KSM_COMMANDS, type KsmCommand, type KsmRepair } from "../model/status.ts";
import { CONTROLLERS } from "../simulate/compare.ts";
import { SCENARIOS } from "../simulate/scenarios/catalogue.ts";
import { VERSION } from "../version.ts";
import { addAgent } from "./agent-program.ts";
import {
  durationArgument,
  guestCountArgument,
  limitArgument,
  momentArgument,
  seedArgument,
  spanArgument,
  targetArgument,
} from "./arguments.ts";
import { ControlClient } from "./client/control-client.ts";
import { socketPathOf } from "./client/socket-path.ts";
import { type BalloonOptions, setBalloon } from "./commands/balloon.ts";
import { type CheckOptions, check } from "./commands/check.ts";
import { type EventsOptions, showEvents } from "./commands/events.ts";
import { adviseFleet, type FleetOptions, showFleet } from "./commands/fleet.ts";
import { type KsmOptions, ksm } from "./commands/ksm.ts";
import { MODE_COMMANDS, type ModeOptions, setMode } from "./commands/mode.ts";
import { explainMoment, type PastOptions, showHistory, topAt } from "./commands/past.ts";
import { explainGuest, type ReadOptions, showInfo, showStatus } from "./commands/reads.ts";
import { type ReportOptions, showReport } from "./commands/report.ts";
import { showSchema } from "./commands/schema.ts";
import { type SimulateOptions, simulate } from "./commands/simulate.ts";
import { top } from "./commands/top.ts";
import { COMPLETIONS, type Shell } from "./completion/completion.ts";
import { type DescribedCommand, describeCommand } from "./describe.ts";
import type { FindGuests } from "./environment/checks.ts";
import type { Roots } from "./environment/finding.ts";
import { plain } from "./format/paint.ts";
import { SCHEMA_COMMANDS } from "./schema/schemas.ts";
import { addSetup } from "./setup-program.ts";
import type { Screen, Terminal } from "./terminal.ts";
import { configOption, guestName, WrittenArgument, WrittenOption } from "./words.ts";

const DEFAULT_EVENTS = 50;

/** What the command line needs from outside. */
export interface CliContext {
  readonly terminal: Terminal;
  /** What `top` draws on; undefined: nothing can be drawn on. */
  readonly screen?: Screen;
  /** Used unless `--socket` names another. */
  readonly socketPath: string;
  /** Ends commands that run until they are interrupted. */
  readonly signal: AbortSignal;
  readonly roots: Roots;
  /** Finds guests as ballastd would. */
  readonly findGuests: FindGuests;
  /** Restores KSM's knobs if no broker answers. */
  readonly repairKsm: () => Promise<KsmRepair>;
}

/** Runs one command; `args` are the words after the program's name. Resolves with the exit code, never rejects. */
export async function run(args: readonly string[], world: CliContext): Promise<number> {
  let exitCode: number = EXIT.fine;
  const program = createProgram(world, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.usage;
    world.terminal.err(harmlessLines(`ballast: ${error instanceof Error ? error.message : String(error)}`));
    return exitCodeOf(error);
  }
}

/** Messages quote what was typed or read. */
function harmlessLines(text: string): string {
  return text.split("\n").map(harmlessText).join("\n");
}

function createProgram(world: CliContext, exitWith: (code: number) => void): Command {
  const { terminal } = world;
  const program = new Command("ballast")
    .description("Shows and steers ballastd, which lends idle guest memory and gives it back in time")
    .version(VERSION)
    .addOption(
      new WrittenOption("--socket <path>", "control socket of the broker", "files").default(world.socketPath),
    )
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(harmlessLines(text.trimEnd())),
    });
  const client = () => new ControlClient(program.opts<{ socket: string }>().socket);
  addReads(program, client, terminal);
  program
    .command("top")
    .description("the host and its guests, drawn anew each second; q quits")
    .addOption(atOption())
    .option("--json", "with --at: print JSON")
    .action(({ at, json = false }: AtOptions) => {
      if (at !== undefined) return topAt(client(), at, json, terminal);
      if (json) throw new UsageError("top --json needs --at; of now, ballast status --json tells the same");
      return top(client(), world, world.signal);
    });
  addBalloon(program, client, terminal);
  for (const choice of ["act", "observe", "config"] as const) addMode(program, client, terminal, choice);
  addPast(program, client, terminal);
  addEvents(program, client, world);
  addAgent(program, terminal);
  addKsm(program, client, world);
  addSetup(program, { terminal, procRoot: world.roots.proc });
  program
    .command("check")
    .description("check a config and what the broker would need on this machine; changes nothing")
    .addArgument(new WrittenArgument("[file]", "config file", "files").default(DEFAULT_CONFIG_PATH))
    .option("--json", "print JSON")
    .option("--schema", "print the config's JSON schema and do nothing else")
    .action(async (file: string, options: CheckOptions) =>
      exitWith(await check(file, options, terminal, world)),
    );
  addSimulate(program, world, exitWith);
  addFleet(program, world);
  program
    .command("schema")
    .description("print the JSON schema of what a command prints with --json")
    .addArgument(new WrittenArgument("<command...>", "the command", SCHEMA_COMMANDS))
    .action((words: readonly string[]) => showSchema(words, terminal));
  program
    .command("completion")
    .description("print a script that completes ballast's commands, options and guests in a shell")
    .addArgument(new Argument("<shell>", "the shell").choices(Object.keys(COMPLETIONS)))
    .action((shell: Shell) => terminal.out(COMPLETIONS[shell](describeCommand(program)).trimEnd()));
  return program;
}

/** The whole command line as data. */
export function describeCommandLine(): DescribedCommand {
  const nothing = () => {};
  const terminal: Terminal = { out: nothing, err: nothing, paint: plain };
  const world: CliContext = {
    terminal,
    socketPath: socketPathOf({}),
    signal: new AbortController().signal,
    roots: { proc: "/proc", sys: "/sys" },
    findGuests: async () => ({ entries: [], problems: [] }),
    repairKsm: async () => ({ text: "" }),
  };
  return describeCommand(createProgram(world, nothing));
}

function addReads(program: Command, client: () => ControlClient, terminal: Terminal): void {
  program
    .command("status")
    .description("the host's memory and every guest")
    .option("--json", "print JSON")
    .action((options: ReadOptions) => showStatus(client(), options, terminal));
  program
    .command("explain")
    .description("why a guest's target is what it is, in words and numbers")
    .addArgument(guestName())
    .addOption(atOption())
    .option("--json", "print JSON")
    .action((name: string, { at, json = false }: AtOptions) =>
      at === undefined
        ? explainGuest(client(), name, { json }, terminal)
        : explainMoment(client(), name, at, json, terminal),
    );
  program
    .command("info")
    .description("everything that is known of a guest")
    .addArgument(guestName())
    .option("--json", "print JSON")
    .action((name: string, options: ReadOptions) => showInfo(client(), name, options, terminal));
}

function addBalloon(program: Command, client: () => ControlClient, terminal: Terminal): void {
  program
    .command("balloon")
    .description("set a manual target for a guest, or end it with auto")
    .addArgument(guestName())
    .addArgument(
      new WrittenArgument("<size>", "size such as 768MiB, or auto", ["auto"]).argParser(targetArgument),
    )
    .addOption(new Option("--for <time>", "hold it for this long, such as 10m").argParser(durationArgument))
    .option("--json", "print JSON")
    .action((name: string, target: number | "auto", options: BalloonOptions) =>
      setBalloon(client(), name, target, options, terminal),
    );
}

function addPast(program: Command, client: () => ControlClient, terminal: Terminal): void {
  const since = (span: string) =>
    new Option("--since <time>", "how far back, such as 30m, 2h or 7d")
      .default(spanArgument(span), span)
      .argParser(spanArgument);
  program
    .command("history")
    .description("what a guest had and used, as a plot, with its last moves")
    .addArgument(guestName())
    .addOption(since("2h"))
    .option("--json", "print JSON")
    .action((name: string, options: PastOptions) => showHistory(client(), name, options, terminal));
  program
    .command("report")
    .description("what could have been lent and when, which guests lacked memory, and what act would need")
    .addOption(since("7d"))
    .addOption(new WrittenOption("--html <file>", "write it as a page with plots, in one file", "files"))
    .option("--json", "print JSON")
    .action((options: ReportOptions) => showReport(client(), options, terminal));
}

function addMode(
  program: Command,
  client: () => ControlClient,
  terminal: Terminal,
  choice: ModeChoice,
): void {
  program
    .command(MODE_COMMANDS[choice])
    .description(MODE_DESCRIPTIONS[choice])
    .addArgument(guestName("[guest]"))
    .option("--all", "all guests that there are now")
    .option("--json", "print JSON")
    .action((name: string | undefined, options: ModeOptions) =>
      setMode(client(), choice, name, options, terminal),
    );
}

const MODE_DESCRIPTIONS: Readonly<Record<ModeChoice, string>> = {
  act: "let the broker move a guest's balloon, whatever the config's mode says; kept over restarts",
  observe:
    "only observe a guest, whatever the config's mode says: its balloon is not moved; kept over restarts",
  config: "the way back from act and observe: the guest follows the config's mode again",
};

function addEvents(program: Command, client: () => ControlClient, { terminal, signal }: CliContext): void {
  program
    .command("events")
    .description("what the broker did and saw")
    .option("--follow", "keep printing new events until interrupted")
    .addOption(
      new Option("--limit <count>", "past events shown").default(DEFAULT_EVENTS).argParser(limitArgument),
    )
    .option("--json", "print one JSON object a line")
    .action((options: EventsOptions) => showEvents(client(), options, terminal, signal));
}

function addFleet(program: Command, { terminal }: CliContext): void {
  const fleet = program
    .command("fleet")
    .description("all hosts that publish to the same NATS servers")
    .addOption(configOption("config that names the fleet"))
    .option("--json", "print JSON")
    .action((options: FleetOptions) => showFleet(options, terminal));
  fleet
    .command("advise")
    .description("which guest to move to which host, where a host stays short of memory")
    .action((_options: object, command: Command) =>
      adviseFleet(command.optsWithGlobals<FleetOptions>(), terminal),
    );
}

function addSimulate(
  program: Command,
  { terminal, signal }: CliContext,
  exitWith: (code: number) => void,
): void {
  program
    .command("simulate")
    .description(
      "simulate Ballast and other controllers side by side; lists the scenarios when none is named",
    )
    .addArgument(
      new WrittenArgument(
        "[scenario]",
        "name of the scenario",
        SCENARIOS.map(({ name }) => name),
      ),
    )
    .option("--list", "list the scenarios and run none")
    .addOption(
      new WrittenOption("--controller <name>", "one controller, or all", [
        ...CONTROLLERS.map(({ name }) => name),
        "all",
      ]),
    )
    .addOption(
      new Option("--seed <number>", "seed for the simulation's randomness")
        .default(1)
        .argParser(seedArgument),
    )
    .addOption(
      new Option("--guests <count>", "simulate a fleet of this many guests, mostly idle").argParser(
        guestCountArgument,
      ),
    )
    .option("--json", "print JSON")
    .action(async (scenario: string | undefined, options: SimulateOptions) =>
      exitWith(await simulate(scenario, options, terminal, signal)),
    );
}

function addKsm(program: Command, client: () => ControlClient, world: CliContext): void {
  const { terminal, signal, repairKsm } = world;
  program
    .command("ksm")
    .description("what guests share through the kernel's same-page merging, and what it costs; or control it")
    .addArgument(
      new Argument("[action]", "what to do").choices(["status", ...KSM_COMMANDS]).default("status"),
    )
    .option("--json", "print JSON")
    .action((action: "status" | KsmCommand, options: KsmOptions) =>
      ksm(action, options, { client: client(), terminal, signal, repair: repairKsm }),
    );
}

interface AtOptions extends ReadOptions {
  /** Milliseconds since 1970. */
  readonly at?: number;
}

function atOption(): Option {
  return new Option("--at <moment>", 'a moment of the past: 03:12, or "2026-01-31 03:12"').argParser((raw) =>
    momentArgument(raw),
  );
}
