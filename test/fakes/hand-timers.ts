/** Timers that move only when told to. */
import type { Timers } from "../../host/src/timing/timers.ts";

interface Due {
  readonly atMs: number;
  readonly run: () => void;
}

export class HandTimers implements Timers {
  #nowMs = 0;
  readonly #due = new Set<Due>();

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const due = { atMs: this.#nowMs + delayMs, run };
    this.#due.add(due);
    return () => this.#due.delete(due);
  }

  /** Delays until the timers that are set, shortest first. */
  get delays(): number[] {
    return [...this.#due].map(({ atMs }) => atMs - this.#nowMs).sort((a, b) => a - b);
  }

  /** Lets `byMs` pass and runs what falls due, in order. */
  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs;
    for (;;) {
      const [next] = [...this.#due].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      this.#due.delete(next);
      this.#nowMs = next.atMs;
      next.run();
    }
    this.#nowMs = untilMs;
  }
}
