/** The least value of a quantity over the last half minute. */

/** The least covers at least this time, at most twice: a guest that was short so recently reads back what it lost, for its own need. */
export const SPAN_MS = 30_000;

/** Follows one quantity; times are the guest's monotonic clock. */
export class RecentLeast {
  /** The least value lately; infinite while none is known. It is a field because V8 may allocate for a returned number. */
  least = Number.POSITIVE_INFINITY;
  #sinceMs = Number.NEGATIVE_INFINITY;
  #before = Number.POSITIVE_INFINITY;
  #now = Number.POSITIVE_INFINITY;

  /** Takes the next value. */
  add(atMs: number, value: number): void {
    if (atMs - this.#sinceMs >= SPAN_MS) {
      this.#before = this.#now;
      this.#now = value;
      this.#sinceMs = atMs;
    } else if (value < this.#now) this.#now = value;
    this.least = Math.min(this.#before, this.#now);
  }
}
