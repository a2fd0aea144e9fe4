/** `ballast check [FILE]`: checks the config, and whether this machine has what the broker needs. Changes nothing. */
import type { Config } from "../../config/config.ts";
import { configJsonSchema } from "../../config/json-schema.ts";
import { loadConfig } from "../../config/load.ts";
import type { ConfigResult } from "../../config/parse.ts";
import { formatProblem, type Problem } from "../../config/problem.ts";
import { EXIT } from "../../exit.ts";
import { checkEnvironment, type FindGuests } from "../environment/checks.ts";
import type { EnvironmentFinding, Roots } from "../environment/finding.ts";
import type { Paint, Style } from "../format/paint.ts";
import { printJson, type Terminal } from "../terminal.ts";

export interface CheckOptions {
  readonly json?: boolean;
  /** Print the config's JSON schema instead. */
  readonly schema?: boolean;
}

/** What is looked at. */
export interface CheckWorld {
  readonly roots: Roots;
  readonly findGuests: FindGuests;
}

const LEVEL_STYLES: Readonly<Record<EnvironmentFinding["level"], Style>> = {
  ok: "good",
  warn: "warn",
  fail: "bad",
};

/** Resolves with the exit code. */
export async function check(
  file: string,
  { json, schema }: CheckOptions,
  terminal: Terminal,
  { roots, findGuests }: CheckWorld,
): Promise<number> {
  if (schema) {
    printJson(terminal, configJsonSchema());
    return EXIT.fine;
  }
  const result = await loadConfig(file);
  const findings = result.ok ? await checkEnvironment(result.config, roots, findGuests) : [];
  if (json) printJson(terminal, toJson(file, result, findings));
  else for (const line of format(file, result, findings, terminal.paint)) terminal.out(line);
  if (!result.ok) return EXIT.usage;
  return findings.some(({ level }) => level === "fail") ? EXIT.failed : EXIT.fine;
}

function toJson(file: string, result: ConfigResult, environment: readonly EnvironmentFinding[]): object {
  const problems = result.ok ? [] : result.problems;
  return { file, ok: result.ok, problems, warnings: result.warnings, environment };
}

function format(
  file: string,
  result: ConfigResult,
  findings: readonly EnvironmentFinding[],
  paint: Paint,
): string[] {
  return [
    ...(result.ok ? [summary(file, result.config)] : formatAll("problem", result.problems, "bad", paint)),
    ...formatAll("warning", result.warnings, "warn", paint),
    ...findings.map(
      ({ level, check, text }) => `${paint(LEVEL_STYLES[level], level.padEnd(4))}  ${check}: ${text}`,
    ),
  ];
}

function formatAll(word: string, problems: readonly Problem[], style: Style, paint: Paint): string[] {
  return problems.map((problem) => `${paint(style, word)} ${formatProblem(problem)}`);
}

function summary(file: string, { guests, policy }: Config): string {
  const count = guests.length === 1 ? "1 guest" : `${guests.length} guests`;
  return `${file}: fine, ${count}, mode ${policy.mode}`;
}
