/** How often figures are read that do not decide from one moment to the next. */

/** Counters are read at most so often while nothing happens. */
export const COUNTERS_EVERY_MS = 500;
export const SLOW_EVERY_MS = 60_000;
