/** `ballastd` from its command line to its exit code. */
import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import { formatProblem, type Problem } from "../config/problem.ts";
import { EXIT } from "../exit.ts";
import { parseDaemonArgs } from "./arguments.ts";
import { runDaemon } from "./daemon.ts";
import { createLog } from "./log/log.ts";
import { openSink } from "./log/sink.ts";
import { captureStrayOutput } from "./log/stray-output.ts";
import type { DaemonSignals } from "./signals.ts";

const STDOUT = 1;

/** `args` are the words after the program's name. Never rejects. */
export async function runProgram(args: readonly string[], signals: DaemonSignals): Promise<number> {
  const request = parseDaemonArgs(args);
  if (request.kind === "exit") {
    process.stdout.write(request.out);
    process.stderr.write(request.err);
    return request.exitCode;
  }
  const { configPath } = request;
  const result = await loadConfig(configPath);
  if (result.ok && request.kind === "run")
    return serve({ path: configPath, config: result.config, warnings: result.warnings, signals });
  for (const problem of result.warnings) process.stderr.write(`warning: ${formatProblem(problem)}\n`);
  if (!result.ok) {
    for (const problem of result.problems) process.stderr.write(`${formatProblem(problem)}\n`);
    return EXIT.usage;
  }
  process.stdout.write(`${configPath}: fine\n`);
  return EXIT.fine;
}

interface ServeOptions {
  readonly path: string;
  readonly config: Config;
  readonly warnings: readonly Problem[];
  readonly signals: DaemonSignals;
}

/** From here on nothing waits for the reader of standard output or error. */
async function serve({ path, config, warnings, signals }: ServeOptions): Promise<number> {
  const log = createLog(config.logLevel, openSink(STDOUT));
  captureStrayOutput(log);
  process.once("exit", () => log.flush());
  // Node would print it to standard error, and wait for its reader.
  process.on("uncaughtException", (error) => {
    log.error({ err: error }, "ballastd failed");
    process.exit(EXIT.failed);
  });
  process.stderr.on("error", () => {});
  for (const problem of warnings) log.warn({}, formatProblem(problem));
  try {
    await runDaemon({ path, config, log, signals });
    return EXIT.fine;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return EXIT.failed;
  } finally {
    await log.drain();
  }
}
