/** Where commands print: lines to standard output, lines to standard error. */
import type { Paint } from "./format/paint.ts";

export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  readonly paint: Paint;
}

/** Prints what `--json` asks for. */
export function printJson(terminal: Terminal, value: unknown): void {
  terminal.out(JSON.stringify(value, undefined, 2));
}
