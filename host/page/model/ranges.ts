/** How far back a guest's past is shown; pure. */

export interface Range {
  readonly name: string;
  readonly spanMs: number;
  /** How often it is read anew. */
  readonly refreshMs: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** The history has a step in 10 s, a minute or an hour, and no more than 1,500 of them for one answer. */
export const RANGES = [
  { name: "2 hours", spanMs: 2 * HOUR_MS, refreshMs: 10_000 },
  { name: "day", spanMs: DAY_MS, refreshMs: MINUTE_MS },
  { name: "week", spanMs: 7 * DAY_MS, refreshMs: 5 * MINUTE_MS },
  { name: "30 days", spanMs: 30 * DAY_MS, refreshMs: 5 * MINUTE_MS },
] as const satisfies readonly Range[];

/** A time at the foot of a plot: the finer the less it shows. */
export function tickText(localTime: string, spanMs: number): string {
  if (spanMs > 2 * DAY_MS) return localTime.slice(5, 10);
  return spanMs > HOUR_MS ? localTime.slice(11, 16) : localTime.slice(11, 19);
}
