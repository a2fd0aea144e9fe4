/** How often figures are read that do not decide from one moment to the next. */

const MIB = 1024 * 1024;

/** Counters are read at most so often while nothing happens. */
export const COUNTERS_EVERY_MS = 500;
/**
 * In a state that lasts, counters are read with the samples that reports take, every 2.5 s; this is for a host that asks for fewer. A stall
 * wakes the agent, and a process that ends moves memory.
 */
export const LASTING_COUNTERS_EVERY_MS = 3000;
const SLOW_EVERY_MS = 60_000;
/**
 * Counters are read with every sample in which available memory moved by more than this, up or down: a balloon size, or lists of pages, from
 * before the move would be taken for growth of the guest, now or at the next reading.
 */
const MOVE_BYTES = 2 * MIB;

/** Says what is to be read with a sample besides what always is. Each question is asked once for each sample. */
export class ReadingTimes {
  #countersAtMs = Number.NEGATIVE_INFINITY;
  #slowAtMs = Number.NEGATIVE_INFINITY;
  #lastAvailableBytes = 0;

  /** `urgent` wants the counters in any case. */
  areCountersDue(nowMs: number, availableBytes: number, urgent: boolean): boolean {
    const moved = Math.abs(this.#lastAvailableBytes - availableBytes) > MOVE_BYTES;
    this.#lastAvailableBytes = availableBytes;
    const isDue = urgent || moved || nowMs - this.#countersAtMs >= COUNTERS_EVERY_MS;
    if (isDue) this.#countersAtMs = nowMs;
    return isDue;
  }

  /** Whether nothing is due but what is read with each sample. `isLasting`: nothing has changed for a long time. */
  isNothingDue(nowMs: number, isLasting: boolean): boolean {
    const countersEveryMs = isLasting ? LASTING_COUNTERS_EVERY_MS : COUNTERS_EVERY_MS;
    return nowMs - this.#countersAtMs < countersEveryMs && nowMs - this.#slowAtMs < SLOW_EVERY_MS;
  }

  isSlowDue(nowMs: number): boolean {
    const isDue = nowMs - this.#slowAtMs >= SLOW_EVERY_MS;
    if (isDue) this.#slowAtMs = nowMs;
    return isDue;
  }
}
