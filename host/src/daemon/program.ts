/** `ballastd` from its command line to its exit code. */
import { loadConfig } from "../config/load.ts";
import { formatProblem } from "../config/problem.ts";
import { EXIT } from "../exit.ts";
import { parseDaemonArgs } from "./arguments.ts";
import { runDaemon } from "./daemon.ts";
import { createLog } from "./log.ts";
import type { DaemonSignals } from "./signals.ts";

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
  for (const problem of result.warnings) process.stderr.write(`warning: ${formatProblem(problem)}\n`);
  if (!result.ok) {
    for (const problem of result.problems) process.stderr.write(`${formatProblem(problem)}\n`);
    return EXIT.usage;
  }
  if (request.kind === "check") {
    process.stdout.write(`${configPath}: fine\n`);
    return EXIT.fine;
  }
  try {
    await runDaemon({
      path: configPath,
      config: result.config,
      log: createLog(result.config.logLevel),
      signals,
    });
    return EXIT.fine;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return EXIT.failed;
  }
}
