/** zod's findings, in words for an admin with a config file. */
import type { z } from "zod";
import { nodeAt, type SchemaNode } from "./json-schema.ts";
import { formatPath, type Problem } from "./problem.ts";
import { shorten } from "./size.ts";
import { nearest } from "./suggest.ts";
import type { Place, YamlSource } from "./yaml-source.ts";

type Issue = z.core.$ZodIssue;

const KINDS: Readonly<Record<string, string>> = {
  string: "text",
  object: "a map of keys",
  array: "a list",
  int: "a whole number",
  number: "a number",
  boolean: "true or false",
};

/** At most this many problems are shown at once. */
export const MOST_PROBLEMS = 20;

/** Something wrong and its place; its words are found only for what is shown. */
interface Located extends Place {
  readonly inWords: () => Problem;
}

/**
 * The first problems in the order of the text, and a last line that counts the others. One problem an issue, except that every unknown key
 * gets its own. `schema` describes what belongs where. Takes time in proportion to the text, however much is wrong in it.
 */
export function toProblems(
  issues: readonly Issue[],
  source: YamlSource,
  file: string,
  schema: SchemaNode,
): Problem[] {
  const located = issues.flatMap((issue) => locate(issue, source, file, schema));
  located.sort((a, b) => a.line - b.line || a.column - b.column);
  return shortened(
    located.slice(0, MOST_PROBLEMS).map(({ inWords }) => inWords()),
    located.length,
    file,
  );
}

/** The first problems of so many in all, and how many more there are. */
export function shortened(problems: readonly Problem[], count: number, file: string): Problem[] {
  const shown = problems.slice(0, MOST_PROBLEMS);
  if (count <= shown.length) return shown;
  return [...shown, { file, message: `${count - shown.length} more problems`, advice: "mend these first" }];
}

function locate(issue: Issue, source: YamlSource, file: string, schema: SchemaNode): Located[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const place = source.placeOfKey(issue.path, key);
      const inWords = () => unknownKey(issue.path, key, place, file, nodeAt(schema, issue.path));
      return { ...place, inWords };
    });
  }
  const place = source.placeOf(issue.path);
  const path = formatPath(issue.path) || "config";
  return [
    { ...place, inWords: () => ({ file, ...place, path, ...describe(issue, nodeAt(schema, issue.path)) }) },
  ];
}

function unknownKey(
  path: readonly PropertyKey[],
  key: string,
  place: Place,
  file: string,
  node: SchemaNode | undefined,
): Problem {
  const known = Object.keys(node?.properties ?? {});
  const near = nearest(key, known);
  const advice = near === undefined ? `known here: ${known.join(", ")}` : `did you mean "${near}"?`;
  return {
    file,
    ...place,
    path: formatPath([...path, key].map((part) => (typeof part === "string" ? shorten(part) : part))),
    message: "unknown key",
    advice,
  };
}

function describe(issue: Issue, node: SchemaNode | undefined): { message: string; advice: string } {
  switch (issue.code) {
    case "custom":
      return { message: issue.message, advice: String(issue.params?.["advice"] ?? exampleAdvice(node)) };
    case "invalid_type":
      return wrongType(issue.input, KINDS[issue.expected] ?? issue.expected, node);
    case "invalid_value":
      return wrongChoice(issue.input, issue.values.map(String), node);
    case "too_small":
      return { message: `${found(issue.input)} is too small`, advice: `write at least ${issue.minimum}` };
    case "too_big":
      return { message: `${found(issue.input)} is too large`, advice: `write at most ${issue.maximum}` };
    default:
      return { message: `${found(issue.input)} does not fit here`, advice: exampleAdvice(node) };
  }
}

function wrongType(input: unknown, expected: string, node: SchemaNode | undefined) {
  if (input === undefined) return { message: "is missing", advice: exampleAdvice(node) };
  if (expected === "text" && typeof input !== "object") {
    return {
      message: `expected text, found ${found(input)}`,
      advice: `put it in quotes: "${String(input)}"`,
    };
  }
  return { message: `expected ${expected}, found ${found(input)}`, advice: exampleAdvice(node) };
}

function wrongChoice(input: unknown, values: readonly string[], node: SchemaNode | undefined) {
  if (input === undefined) return { message: "is missing", advice: exampleAdvice(node) };
  const near = typeof input === "string" ? nearest(input, values) : undefined;
  const list = values.length > 1 ? `write one of ${values.join(", ")}` : `write ${values[0]}`;
  return {
    message: `${found(input)} is not a choice here`,
    advice: near === undefined ? list : `did you mean ${near}? (${values.join(", ")})`,
  };
}

function exampleAdvice(node: SchemaNode | undefined): string {
  if (node?.examples !== undefined) return `write for example ${node.examples.map(String).join(", ")}`;
  if (node?.properties !== undefined)
    return `write keys beneath it: ${Object.keys(node.properties).join(", ")}`;
  if (node?.items !== undefined) return 'write a list, each entry beginning with "- "';
  return "see the example ballastd.yaml";
}

function found(input: unknown): string {
  if (Array.isArray(input)) return "a list";
  if (typeof input === "object" && input !== null) return "a map";
  return typeof input === "string" ? `"${shorten(input)}"` : String(input);
}
