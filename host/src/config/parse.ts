/** Config text → config, or every problem with its place and what to write instead; pure. */

import { type Config, toConfig } from "./config.ts";
import { type ConfigFinding, crossCheck } from "./cross-checks.ts";
import { shortened, toProblems } from "./issues.ts";
import { configJsonSchema } from "./json-schema.ts";
import { formatPath, type Problem } from "./problem.ts";
import { configSchema } from "./schema.ts";
import { warningsOf } from "./warnings.ts";
import { readYaml, type YamlSource } from "./yaml-source.ts";

/** Warnings never keep the broker from starting; problems do. */
export type ConfigResult =
  | {
      readonly ok: true;
      readonly config: Config;
      readonly written: WrittenParts;
      readonly warnings: readonly Problem[];
    }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] };

/** How a file is written, beside what it means: a reload goes by it. */
export interface WrittenParts {
  /** It has no keys at all: all defaults. */
  readonly isEmpty: boolean;
  readonly hasMode: boolean;
  readonly endsInLineBreak: boolean;
}

/** Never throws, whatever `text` is; `file` is only named in problems. An empty text means all defaults. */
export function parseConfig(text: string, file: string): ConfigResult {
  const source = readYaml(text, file);
  if (source.syntaxProblems.length > 0) return refused(source.syntaxProblems);
  const checked = configSchema.safeParse(source.data ?? {}, { reportInput: true });
  if (!checked.success) return refused(toProblems(checked.error.issues, source, file, configJsonSchema()));
  const located = (findings: readonly ConfigFinding[]) =>
    inOrder(findings.map((it) => locate(it, source, file)));
  const warnings = located(warningsOf(checked.data));
  const problems = located(crossCheck(checked.data));
  if (problems.length > 0) return { ...refused(shortened(problems, problems.length, file)), warnings };
  return { ok: true, config: toConfig(checked.data), written: writtenParts(source.data, text), warnings };
}

function writtenParts(data: unknown, text: string): WrittenParts {
  const keys = typeof data === "object" && data !== null ? Object.keys(data) : [];
  return {
    isEmpty: keys.length === 0,
    hasMode: keys.includes("mode"),
    endsInLineBreak: text.endsWith("\n"),
  };
}

function refused(problems: readonly Problem[]) {
  return { ok: false, problems, warnings: [] } as const;
}

function locate({ path, message, advice }: ConfigFinding, source: YamlSource, file: string): Problem {
  return { file, ...source.placeOf(path), path: formatPath(path), message, advice };
}

function inOrder(problems: readonly Problem[]): Problem[] {
  const line = (problem: Problem) => problem.line ?? 0;
  const column = (problem: Problem) => problem.column ?? 0;
  return [...problems].sort((a, b) => line(a) - line(b) || column(a) - column(b));
}
