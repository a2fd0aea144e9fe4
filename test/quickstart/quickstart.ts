/** Owns `npm run quickstart`: chooses real or simulated guests, plays the story, sums it up, and leaves nothing behind. */
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import { messageOf, TestbedError } from "../testbed/errors.ts";
import { skipReason } from "../testbed/requirements.ts";
import { figuresOf, isFine } from "./figures.ts";
import type { Outcome } from "./outcome.ts";
import { BURSTING_GUEST, IDLE_GUESTS, PACE, type Pace } from "./plot.ts";
import { openRealStage } from "./real-stage.ts";
import { createScreen, type Output, type Screen } from "./screen.ts";
import { openSimulatedStage } from "./simulated/stage.ts";
import type { Opening, Stage } from "./stage.ts";
import { play } from "./story.ts";
import { keepText, summary } from "./summary.ts";
import { picture } from "./svg.ts";
import { USAGE } from "./usage.ts";

export interface QuickstartOptions {
  /** No questions. */
  readonly yes: boolean;
  /** Leave guests and broker running at the end. */
  readonly keep: boolean;
  /** Further words of the command line. */
  readonly rest: readonly string[];
}

/** What the quickstart is given besides its options; tests give their own. */
export interface World {
  readonly output: Output;
  readonly env: NodeJS.ProcessEnv;
  readonly pace: Pace;
  /** The broker's tuning for simulated guests, over the story's. */
  readonly tuning?: Readonly<Record<string, string>>;
  /** Ends the story early; everything is cleaned up. */
  readonly signal: AbortSignal;
}

const EXIT_FINE = 0;
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
/** As a shell reports a program that Ctrl-C ended. */
const EXIT_INTERRUPTED = 130;
const END_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Runs it in this process's terminal; returns the exit status. */
export async function quickstart(options: QuickstartOptions): Promise<number> {
  const abort = new AbortController();
  const onSignal = () => {
    // A user that presses twice does not want to wait; guests that were not to be kept end with this process.
    if (abort.signal.aborted) process.exit(EXIT_INTERRUPTED);
    process.stderr.write("\nending guests and broker …\n");
    abort.abort();
  };
  for (const signal of END_SIGNALS) process.on(signal, onSignal);
  const world = { output: process.stdout, env: process.env, pace: PACE, signal: abort.signal };
  const status = await run(options, world);
  for (const signal of END_SIGNALS) process.off(signal, onSignal);
  return status;
}

/** The same in a given world. */
export async function run(options: QuickstartOptions, world: World): Promise<number> {
  const [word] = options.rest;
  if (word !== undefined) {
    const isHelp = word === "help" || word === "--help";
    world.output.write(isHelp ? USAGE : `quickstart: unknown argument ${word}\n\n${USAGE}`);
    return isHelp ? EXIT_FINE : EXIT_USAGE;
  }
  const screen = createScreen(world.output, world.env);
  try {
    return await perform(options, world, screen);
  } catch (error) {
    if (world.signal.aborted) {
      screen.say("Ended early: guests and broker are gone.");
      return EXIT_INTERRUPTED;
    }
    screen.say(`quickstart failed: ${messageOf(error)}`);
    return EXIT_FAILED;
  }
}

async function perform(options: QuickstartOptions, world: World, screen: Screen): Promise<number> {
  const opening: Opening = { say: (line) => screen.say(line), signal: world.signal };
  const stage = await openStage(options, world, opening);
  let kept = false;
  try {
    const outcome = await play(stage, screen, world.pace, world.signal);
    const figures = figuresOf(outcome);
    screen.settle();
    draw(world.env["BALLAST_QUICKSTART_PICTURE"], outcome);
    for (const line of summary(stage.kind, world.pace, outcome, figures, screen.paint)) screen.say(line);
    if (options.keep) kept = await keep(stage, screen, world.signal);
    return isFine(figures) ? EXIT_FINE : EXIT_FAILED;
  } finally {
    if (!kept) await stage.close();
  }
}

/** Writes the story as an SVG file, where one is wanted. */
function draw(path: string | undefined, { record }: Outcome): void {
  if (path !== undefined) writeFileSync(path, picture(record, [...IDLE_GUESTS, BURSTING_GUEST]));
}

async function openStage(options: QuickstartOptions, world: World, opening: Opening): Promise<Stage> {
  const forced = world.env["BALLAST_QUICKSTART"] === "simulated";
  const reason = forced ? "BALLAST_QUICKSTART=simulated is set" : skipReason();
  if (reason !== undefined) return simulated(reason, world, opening);
  opening.say("Ballast quickstart with REAL guests (QEMU)");
  try {
    return await openRealStage(opening, options.keep);
  } catch (error) {
    const cannotBuild = error instanceof TestbedError && error.code === "TESTBED_BUILD";
    if (!cannotBuild || opening.signal.aborted) throw error;
    return simulated(`the guests' image cannot be built: ${error.message}`, world, opening);
  }
}

function simulated(reason: string, { tuning }: World, opening: Opening): Promise<Stage> {
  opening.say(`Ballast quickstart with SIMULATED guests, no QEMU (${reason}); the broker is the real one`);
  return openSimulatedStage(opening, tuning);
}

/** Tells whether the stage can be left alone; simulated guests end with this process, which therefore stays. */
async function keep(stage: Stage, screen: Screen, signal: AbortSignal): Promise<boolean> {
  const node = relative(process.cwd(), process.execPath);
  for (const line of keepText(stage, node)) screen.say(line);
  if (stage.kind === "real") return true;
  if (!signal.aborted) await once(signal, "abort");
  return false;
}
