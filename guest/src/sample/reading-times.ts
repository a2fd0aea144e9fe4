/** How often figures are read that do not decide from one moment to the next. */

const MIB = 1024 * 1024;

/** With samples in a row, counters are read no more often than this. */
export const COUNTERS_EVERY_MS = 500;
/** While first looks find nothing, counters are read as often as those of a guest at ease. A stall still wakes the agent at once. */
export const CALM_COUNTERS_EVERY_MS = 2000;
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

  /** Whether nothing is due but what is read with each sample. */
  isNothingDue(nowMs: number): boolean {
    return nowMs - this.#countersAtMs < CALM_COUNTERS_EVERY_MS && nowMs - this.#slowAtMs < SLOW_EVERY_MS;
  }

  isSlowDue(nowMs: number): boolean {
    const isDue = nowMs - this.#slowAtMs >= SLOW_EVERY_MS;
    if (isDue) this.#slowAtMs = nowMs;
    return isDue;
  }
}
