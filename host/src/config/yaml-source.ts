/** YAML text as plain data that remembers where everything stood. */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  type ParsedNode,
  parseDocument,
  visit,
} from "yaml";
import type { Problem } from "./problem.ts";
import { syntaxAdvice } from "./yaml-advice.ts";

/** A config of a thousand guests is about 150 KiB. */
export const LONGEST_TEXT = 1024 * 1024;
/** Further errors, and those on one line after its first, are mostly echo. */
const MOST_SYNTAX_PROBLEMS = 10;

export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface YamlSource {
  /** Maps without their empty values, so that `host:` with nothing beneath means the defaults. */
  readonly data: unknown;
  readonly syntaxProblems: readonly Problem[];
  /** Where the value at `path` stands, or the nearest thing around it that is there. */
  placeOf(path: readonly PropertyKey[]): Place;
  /** Where the key itself stands. */
  placeOfKey(path: readonly PropertyKey[], key: string): Place;
}

/** Never throws, whatever `text` is. */
export function readYaml(text: string, file: string): YamlSource {
  const lines = new LineCounter();
  const source = text.length > LONGEST_TEXT ? "" : text;
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const syntaxProblems = source === text ? findSyntaxProblems(document, text, file, place) : [tooLong(file)];
  return {
    data: syntaxProblems.length === 0 ? toPlain(document.contents) : undefined,
    syntaxProblems,
    placeOf: (path) => place(offsetOf(document.contents, path)),
    placeOfKey: (path, key) => place(keyOffset(nodeAt(document.contents, path), key)),
  };
}

function tooLong(file: string): Problem {
  return {
    file,
    message: `more than ${LONGEST_TEXT / 1024} KiB of text`,
    advice: "give the config file itself",
  };
}

function findSyntaxProblems(
  document: Document,
  text: string,
  file: string,
  place: (offset: number) => Place,
): readonly Problem[] {
  const faults = [...document.errors, ...document.warnings].map((fault) => ({
    offset: lastWritten(text, fault.pos[0]),
    ...syntaxAdvice(fault.code, fault.message),
  }));
  if (faults.length === 0) faults.push(...findAliases(document));
  const problems = faults.map(({ offset, message, advice }) => ({ file, ...place(offset), message, advice }));
  return problems
    .filter(({ line }, i) => problems.findIndex((other) => other.line === line) === i)
    .slice(0, MOST_SYNTAX_PROBLEMS);
}

/** A fault at the end of a line or of the text is shown where somebody wrote something. */
function lastWritten(text: string, offset: number): number {
  let at = Math.min(offset, text.length - 1);
  while (at > 0 && text[at] === "\n") at--;
  return Math.max(0, at);
}

function findAliases(document: Document): { offset: number; message: string; advice: string }[] {
  const offsets: number[] = [];
  visit(document, { Alias: (_, alias) => void offsets.push(alias.range?.[0] ?? 0) });
  const advice = "write the value itself";
  return offsets.map((offset) => ({ offset, message: "aliases (*name) are not supported here", advice }));
}

function toPlain(node: unknown): unknown {
  if (isMap(node)) {
    const entries = node.items.map((pair) => [keyOf(pair), toPlain(pair.value)] as const);
    return Object.fromEntries(entries.filter(([, value]) => value !== null));
  }
  if (isSeq(node)) return node.items.map(toPlain);
  return isScalar(node) ? node.value : null;
}

function keyOf(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
}

function findPair(node: unknown, key: PropertyKey): Pair | undefined {
  return isMap(node) ? node.items.find((pair) => keyOf(pair) === String(key)) : undefined;
}

function step(node: unknown, part: PropertyKey): unknown {
  if (isSeq(node)) return typeof part === "number" ? node.items[part] : undefined;
  return findPair(node, part)?.value ?? undefined;
}

function nodeAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce(step, root);
}

function offsetOf(root: unknown, path: readonly PropertyKey[]): number {
  let node = root;
  for (const part of path) {
    const next = step(node, part);
    if (next === undefined || (isScalar(next) && next.value === null)) return keyOffset(node, part);
    node = next;
  }
  return startOf(node);
}

/** The key's own place; the map's, when there is no such key. */
function keyOffset(node: unknown, key: PropertyKey): number {
  const pair = findPair(node, key);
  return startOf(pair?.key ?? node);
}

function startOf(node: unknown): number {
  return isPlaced(node) ? (node.range?.[0] ?? 0) : 0;
}

function isPlaced(node: unknown): node is Node | ParsedNode {
  return isMap(node) || isSeq(node) || isScalar(node) || isAlias(node);
}
