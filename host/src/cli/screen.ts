/** The whole of a terminal: another screen than the shell's, keys as they are pressed. Sequences of ECMA-48 and xterm. */
import type { Screen } from "./terminal.ts";

const OTHER_SCREEN = "\u001b[?1049h\u001b[?25l";
const SHELL_SCREEN = "\u001b[?25h\u001b[?1049l";
const HOME = "\u001b[H";
const CLEAR_LINE_END = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";
/** A terminal that does not tell its size. */
const USUAL = { columns: 80, rows: 24 };

export function createScreen(input: NodeJS.ReadStream, output: NodeJS.WriteStream): Screen {
  return {
    isTerminal: output.isTTY === true,
    size: () => ({ columns: output.columns || USUAL.columns, rows: output.rows || USUAL.rows }),
    draw: (lines) => {
      const text = lines.map((line) => `${line}${CLEAR_LINE_END}`).join("\n");
      output.write(`${HOME}${text}${CLEAR_BELOW}`);
    },
    open: (onKey, onResize) => {
      const hear = (keys: Buffer) => {
        for (const key of keys.toString("latin1")) onKey(key);
      };
      output.write(OTHER_SCREEN);
      output.on("resize", onResize);
      if (input.isTTY === true) input.setRawMode(true).on("data", hear);
      return () => {
        output.off("resize", onResize);
        if (input.isTTY === true) input.off("data", hear).setRawMode(false).pause();
        output.write(SHELL_SCREEN);
      };
    },
  };
}
