/**
 * The agent's log: short lines on standard error. A logging library would cost 2.6 MB of private memory in every guest,
 * which is a quarter of what the whole agent takes.
 */
import { writeSync } from "node:fs";

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Whatever goes wrong again and again must not fill the guest's journal. */
const MAX_LINES = 30;
const PER_MS = 60_000;

export interface Log {
  write(level: LogLevel, text: string): void;
}

/** Where lines go; each comes with its end and its level. */
type Out = (line: string, level: LogLevel) => void;

/** Lines of at least `least`, a bounded number a minute; what was left out is counted. */
export class StderrLog implements Log {
  readonly #least: number;
  readonly #nowMs: () => number;
  readonly #out: Out;
  #windowStartMs = Number.NEGATIVE_INFINITY;
  #lines = 0;

  constructor(least: LogLevel, nowMs: () => number, out: Out = writeStderr) {
    this.#least = LOG_LEVELS.indexOf(least);
    this.#nowMs = nowMs;
    this.#out = out;
  }

  write(level: LogLevel, text: string): void {
    if (LOG_LEVELS.indexOf(level) < this.#least) return;
    const nowMs = this.#nowMs();
    if (nowMs - this.#windowStartMs >= PER_MS) {
      if (this.#lines > MAX_LINES) this.#out(`warn ${this.#lines - MAX_LINES} lines were left out\n`, "warn");
      this.#windowStartMs = nowMs;
      this.#lines = 0;
    }
    this.#lines++;
    if (this.#lines <= MAX_LINES) this.#out(`${level} ${text}\n`, level);
  }
}

function writeStderr(line: string): void {
  try {
    writeSync(2, line);
  } catch {
    // Nobody reads the log: the guest's memory matters more.
  }
}
