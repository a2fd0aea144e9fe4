/** Composition root of `ballast`. */
import { repairKsm } from "../broker/ksm/crash-repair.ts";
import { DEFAULT_CONFIG_PATH, loadConfig } from "../config/load.ts";
import { findGuestsOnce } from "../daemon/inventories.ts";
import { ksmAdaptersOf } from "../daemon/ksm-adapters.ts";
import { EXIT } from "../exit.ts";
import type { KsmRepair } from "../model/status.ts";
import { socketPathOf } from "./client/socket-path.ts";
import { coloured, plain } from "./format/paint.ts";
import { run } from "./program.ts";
import { createScreen } from "./screen.ts";
import type { Terminal } from "./terminal.ts";

/** Runs what the command line says, and sets the exit code. */
export async function runBallast(): Promise<void> {
  const { env, stdin, stdout } = process;
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  process.once("SIGTERM", () => stop.abort());
  // A reader that has ended (`ballast events --follow | head`) needs no more lines.
  stdout.on("error", (error: NodeJS.ErrnoException) =>
    process.exit(error.code === "EPIPE" ? EXIT.fine : EXIT.failed),
  );
  const terminal = createTerminal();
  process.exitCode = await run(process.argv.slice(2), {
    terminal,
    screen: createScreen(stdin, stdout),
    socketPath: socketPathOf(env),
    signal: stop.signal,
    roots: { proc: "/proc", sys: "/sys" },
    findGuests: findGuestsOnce,
    repairKsm: () => repair(terminal),
  });
}

/** Coloured where it is a terminal, unless NO_COLOR says otherwise (no-color.org). */
function createTerminal(): Terminal {
  const { env, stdout, stderr } = process;
  const wantsColour = stdout.isTTY && !env["NO_COLOR"] && env["TERM"] !== "dumb";
  return {
    out: (text) => void stdout.write(`${text}\n`),
    err: (text) => void stderr.write(`${text}\n`),
    paint: wantsColour ? coloured : plain,
  };
}

async function repair(terminal: Terminal): Promise<KsmRepair> {
  const path = process.env["BALLAST_CONFIG"] || DEFAULT_CONFIG_PATH;
  const result = await loadConfig(path);
  if (!result.ok)
    return { text: `${path} cannot be read, so it is not known what a broker may have changed` };
  const warn = (_fields: object, text: string) => terminal.err(text);
  return repairKsm(ksmAdaptersOf(result.config, { debug: () => {}, info: () => {}, warn, error: warn }));
}
