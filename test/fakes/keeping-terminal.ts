/** A terminal that keeps what is printed on it. */
import { plain } from "../../host/src/cli/format/paint.ts";
import type { Terminal } from "../../host/src/cli/terminal.ts";

export function keepingTerminal(): {
  readonly terminal: Terminal;
  readonly lines: { out: string; err: string };
} {
  const lines = { out: "", err: "" };
  const out = (text: string) => {
    lines.out += `${text}\n`;
  };
  const err = (text: string) => {
    lines.err += `${text}\n`;
  };
  return { terminal: { out, err, paint: plain }, lines };
}
