#!/usr/bin/env node
import { loadConfig } from "./config/load.ts";
import { formatProblem } from "./config/problem.ts";
/** The broker's program, `ballastd`. */
import { type DaemonRequest, parseDaemonArgs } from "./daemon/arguments.ts";
import { runDaemon } from "./daemon/daemon.ts";
import { createLog } from "./daemon/log.ts";
import { EXIT } from "./exit.ts";

process.exit(await main(parseDaemonArgs(process.argv.slice(2))));

async function main(request: DaemonRequest): Promise<number> {
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
    await runDaemon(configPath, result.config, createLog(result.config.logLevel));
    return EXIT.fine;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return EXIT.failed;
  }
}
