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
  const document = parseDocument(source, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    // The library compares each key with all others of its map: that takes minutes for a map of 60,000.
    uniqueKeys: false,
  });
  const index = new KeyIndex();
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const syntaxProblems = source === text ? findSyntaxProblems(document, text, file, place) : [tooLong(file)];
  return {
    data: syntaxProblems.length === 0 ? toPlain(document.contents) : undefined,
    syntaxProblems,
    placeOf: (path) => place(index.offsetOf(document.contents, path)),
    placeOfKey: (path, key) => place(index.offsetOfKey(document.contents, path, key)),
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
  if (faults.length === 0) faults.push(...findAliases(document), ...findRepeatedKeys(document));
  const byLine = new Map<number, Problem>();
  for (const { offset, message, advice } of faults) {
    const { line, column } = place(offset);
    if (!byLine.has(line)) byLine.set(line, { file, line, column, message, advice });
    if (byLine.size === MOST_SYNTAX_PROBLEMS) break;
  }
  return [...byLine.values()];
}

/** The second of two equal keys of one map. */
function findRepeatedKeys(document: Document): { offset: number; message: string; advice: string }[] {
  const offsets: number[] = [];
  visit(document, {
    Map: (_, map) => {
      const seen = new Set<string>();
      for (const pair of map.items) {
        const key = keyOf(pair);
        if (seen.has(key)) offsets.push(startOf(pair.key));
        seen.add(key);
      }
    },
  });
  const wording = syntaxAdvice("DUPLICATE_KEY", "");
  return offsets.map((offset) => ({ offset, ...wording }));
}

/** A fault at the end of a line or of the text is shown at the last written character. */
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

/** Finds the pairs of maps by their keys, each map indexed when it is first searched. */
class KeyIndex {
  readonly #pairs = new WeakMap<object, ReadonlyMap<string, Pair>>();

  offsetOf(root: unknown, path: readonly PropertyKey[]): number {
    let node = root;
    for (const part of path) {
      const next = this.#step(node, part);
      if (next === undefined || (isScalar(next) && next.value === null)) return this.#keyOffset(node, part);
      node = next;
    }
    return startOf(node);
  }

  offsetOfKey(root: unknown, path: readonly PropertyKey[], key: string): number {
    return this.#keyOffset(
      path.reduce((node, part) => this.#step(node, part), root),
      key,
    );
  }

  #step(node: unknown, part: PropertyKey): unknown {
    if (isSeq(node)) return typeof part === "number" ? node.items[part] : undefined;
    return this.#find(node, part)?.value ?? undefined;
  }

  /** The key's own place; the map's, when there is no such key. */
  #keyOffset(node: unknown, key: PropertyKey): number {
    return startOf(this.#find(node, key)?.key ?? node);
  }

  #find(node: unknown, key: PropertyKey): Pair | undefined {
    if (!isMap(node)) return undefined;
    let pairs = this.#pairs.get(node);
    if (pairs === undefined) {
      pairs = new Map(node.items.map((pair) => [keyOf(pair), pair]));
      this.#pairs.set(node, pairs);
    }
    return pairs.get(String(key));
  }
}

function startOf(node: unknown): number {
  return isPlaced(node) ? (node.range?.[0] ?? 0) : 0;
}

function isPlaced(node: unknown): node is Node | ParsedNode {
  return isMap(node) || isSeq(node) || isScalar(node) || isAlias(node);
}
