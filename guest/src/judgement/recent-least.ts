/** The least value of a quantity over the last half minute. */

/** At least so long, at most twice: a guest that was short of memory so recently reads back what it lost, and that is its own want. */
export const SPAN_MS = 30_000;

/** Follows one quantity; times are the guest's monotonic clock. */
export class RecentLeast {
  /** The least of the values lately; infinite while none is known. A field: V8 may allocate for a number that is returned. */
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
