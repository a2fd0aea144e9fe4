/** Waits between attempts: doubling up to a limit. */

/** Milliseconds to wait after the `failures`-th failure in a row, from 1. */
export function backoffMs(failures: number, firstMs: number, longestMs: number): number {
  return Math.min(longestMs, firstMs * 2 ** Math.min(30, Math.max(0, failures - 1)));
}
