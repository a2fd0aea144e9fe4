/**
 * The agent's log: short lines on standard error. A logging library would cost 2.5 MiB of private memory in every guest,
 * which is a quarter of what the whole agent takes.
 */
import { writeSync } from "node:fs";

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What goes wrong again and again must not fill the guest's journal. */
const MAX_LINES = 30;
const PER_MS = 60_000;

export interface Log {
  write(level: LogLevel, text: string): void;
}

/** Where lines go, each with its end; false: it takes none now. */
export type LineWriter = (line: string, level: LogLevel) => boolean;

/** Lines of at least `least`, a bounded number a minute; what was left out is counted. */
export class BoundedLog implements Log {
  readonly #least: number;
  readonly #nowMs: () => number;
  readonly #writeLine: LineWriter;
  #windowStartMs = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #leftOut = 0;

  constructor(least: LogLevel, nowMs: () => number, writeLine: LineWriter) {
    this.#least = LOG_LEVELS.indexOf(least);
    this.#nowMs = nowMs;
    this.#writeLine = writeLine;
  }

  write(level: LogLevel, text: string): void {
    if (LOG_LEVELS.indexOf(level) < this.#least) return;
    if (!this.#hasRoom() || !this.#tellLeftOut() || !this.#writeLine(`${level} ${text}\n`, level))
      this.#leftOut++;
  }

  #hasRoom(): boolean {
    const nowMs = this.#nowMs();
    if (nowMs - this.#windowStartMs >= PER_MS) {
      this.#windowStartMs = nowMs;
      this.#lines = 0;
    }
    return this.#lines++ < MAX_LINES;
  }

  #tellLeftOut(): boolean {
    if (this.#leftOut === 0) return true;
    const isWritten = this.#writeLine(`warn ${this.#leftOut} lines were left out\n`, "warn");
    if (isWritten) this.#leftOut = 0;
    return isWritten;
  }
}

/**
 * Writes to standard error, where a reader that does not read (a service manager that hangs, a stopped pipe) would hold up the agent:
 * `isReady` tells before each line whether it would be taken at once.
 */
export function stderrWriter(isReady: () => boolean): LineWriter {
  return (line) => {
    if (!isReady()) return false;
    try {
      writeSync(2, line);
    } catch {
      // The log has no reader any more, and the guest's memory matters more.
    }
    return true;
  };
}
