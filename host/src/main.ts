#!/usr/bin/env node
/** The broker's program, `ballastd`. */
import { parseDaemonArgs } from "./cli/daemon-args.ts";
import { loadConfig } from "./config/load.ts";
import { formatProblem } from "./config/problem.ts";
import { runDaemon } from "./daemon.ts";
import { createLog } from "./log.ts";

const USAGE_ERROR = 2;

const args = parseDaemonArgs(process.argv.slice(2));
const result = await loadConfig(args.configPath);
for (const problem of result.warnings) process.stderr.write(`warning: ${formatProblem(problem)}\n`);
if (!result.ok) {
  for (const problem of result.problems) process.stderr.write(`${formatProblem(problem)}\n`);
  process.exit(USAGE_ERROR);
}
if (args.checkOnly) {
  process.stdout.write(`${args.configPath}: fine\n`);
  process.exit(0);
}
try {
  await runDaemon(args.configPath, result.config, createLog(result.config.logLevel));
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
