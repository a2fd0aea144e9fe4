/** Where commands print: lines to standard output, lines to standard error. */
import { harmlessJson } from "../model/foreign-text.ts";
import type { Paint } from "./format/paint.ts";

export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  readonly paint: Paint;
}

/** Prints what `--json` asks for. */
export function printJson(terminal: Terminal, value: unknown): void {
  terminal.out(harmlessJson(JSON.stringify(value, undefined, 2)));
}

/** Prints one object on a line of its own, for programs that read line by line. */
export function printJsonLine(terminal: Terminal, value: object): void {
  terminal.out(harmlessJson(JSON.stringify(value)));
}
