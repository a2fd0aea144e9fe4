/** Where commands print: lines to standard output, lines to standard error. */
import { harmlessJson } from "../model/foreign-text.ts";
import type { Paint } from "./format/paint.ts";

export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  readonly paint: Paint;
}

/** A terminal that is drawn on as a whole. */
export interface Screen {
  readonly isTerminal: boolean;
  size(): { readonly columns: number; readonly rows: number };
  /** From the upper left; what stood below is cleared. */
  draw(lines: readonly string[]): void;
  /** Takes the screen, and calls for each key and each change of size until the returned function gives the screen back. */
  open(onKey: (key: string) => void, onResize: () => void): () => void;
}

/** Prints what `--json` asks for. */
export function printJson(terminal: Terminal, value: unknown): void {
  terminal.out(harmlessJson(JSON.stringify(value, undefined, 2)));
}

/** Prints one object on a line of its own, for programs that read line by line. */
export function printJsonLine(terminal: Terminal, value: object): void {
  terminal.out(harmlessJson(JSON.stringify(value)));
}
