import { harmlessText } from "../model/foreign-text.ts";

/** One problem of a config file, with its place and what to write instead. */
export interface Problem {
  readonly file: string;
  /** From 1; absent when the file as a whole is meant. */
  readonly line?: number;
  readonly column?: number;
  /** Where in the config, such as `guests.static[0].min`; absent for syntax errors. */
  readonly path?: string;
  readonly message: string;
  /** What to write or do instead. */
  readonly advice: string;
}

/** `FILE:LINE:COLUMN: path: message; advice`, as compilers and editors write it. */
export function formatProblem(problem: Problem): string {
  const place = [problem.file, problem.line, problem.column].filter((part) => part !== undefined).join(":");
  const path = problem.path === undefined ? "" : `${problem.path}: `;
  return harmlessText(`${place}: ${path}${problem.message}; ${problem.advice}`);
}

/** `["guests", "static", 0, "min"]` → `guests.static[0].min`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? String(part) : `${text}.${String(part)}`;
  }, "");
}
