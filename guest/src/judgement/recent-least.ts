/** The least value of a quantity over the last half minute. */

/** At least so long, at most twice: a guest that was short of memory so recently reads back what it lost, and that is its own want. */
export const SPAN_MS = 30_000;

/** Follows one quantity; times are the guest's monotonic clock. */
export class RecentLeast {
  #sinceMs = Number.NEGATIVE_INFINITY;
  #before = Number.NaN;
  #now = Number.NaN;

  /** Takes the next value, NaN when unknown, and gives the least of those lately. */
  add(atMs: number, value: number): number {
    if (atMs - this.#sinceMs >= SPAN_MS) {
      this.#before = this.#now;
      this.#now = Number.NaN;
      this.#sinceMs = atMs;
    }
    this.#now = least(this.#now, value);
    return least(this.#now, this.#before);
  }
}

function least(a: number, b: number): number {
  if (Number.isNaN(a)) return b;
  return Number.isNaN(b) ? a : Math.min(a, b);
}
