/** What a guest will use in an hour, by what it used in hours like it. Pure but for the time zone of the process. */
import type { UseForecast } from "../model/guest.ts";
import type { HourPeak } from "./hour-peaks.ts";
import { HOURS, stepOf } from "./levels.ts";

/** The same hour of so many days before, and of the same day of so many weeks before. */
const DAYS = 7;
const WEEKS = 5;
/** Fewer hours make no pattern: two may be chance. */
const LEAST_HOURS = 3;
/** Use that was reached in this share of the hours is forecast. Jobs of five days a week have five of seven. */
const REACHED_SHARE = 2 / 3;
/** An hour of which less was seen does not tell what did not happen in it. */
const LEAST_MINUTES = 30;

/** Begins of hours, newest first. */
export interface LikeHours {
  readonly daily: readonly number[];
  readonly weekly: readonly number[];
}

/**
 * The hours before that are like the one that holds `atMs`. They are found by local time, since jobs are: when clocks change, a job
 * at two stays at two. Of two hours of one name the first counts; an hour that clocks leave out is the next one.
 */
export function likeHours(atMs: number): LikeHours {
  const before = (days: number) => {
    const moment = new Date(stepOf(atMs, HOURS));
    moment.setDate(moment.getDate() - days);
    return stepOf(moment.getTime(), HOURS);
  };
  return {
    daily: Array.from({ length: DAYS }, (_, i) => before(i + 1)),
    weekly: Array.from({ length: WEEKS }, (_, i) => before((i + 1) * 7)),
  };
}

/** Forecasts by name; `peaks` gives what each of the hours had. */
export function forecastUse(
  { daily, weekly }: LikeHours,
  peaks: ReadonlyMap<number, readonly HourPeak[]>,
): Map<string, UseForecast> {
  const forecasts = new Map<string, UseForecast>();
  const hoursOf = { daily, weekly };
  for (const pattern of ["daily", "weekly"] as const)
    for (const [name, uses] of usesOf(hoursOf[pattern], peaks)) {
      if (uses.length < LEAST_HOURS) continue;
      const useBytes = reached(uses);
      keepLarger(forecasts, name, { useBytes, pattern, hoursSeen: uses.length });
    }
  return forecasts;
}

/** Keeps the larger of two forecasts of a guest. */
export function keepLarger(forecasts: Map<string, UseForecast>, name: string, forecast: UseForecast): void {
  const known = forecasts.get(name);
  if (known === undefined || forecast.useBytes > known.useBytes) forecasts.set(name, forecast);
}

function usesOf(
  hours: readonly number[],
  peaks: ReadonlyMap<number, readonly HourPeak[]>,
): Map<string, number[]> {
  const uses = new Map<string, number[]>();
  for (const { name, mostUsedBytes, minutesSeen } of hours.flatMap((atMs) => peaks.get(atMs) ?? [])) {
    if (minutesSeen < LEAST_MINUTES) continue;
    const known = uses.get(name);
    if (known === undefined) uses.set(name, [mostUsedBytes]);
    else known.push(mostUsedBytes);
  }
  return uses;
}

/** The most that was reached in most of the hours. */
function reached(uses: readonly number[]): number {
  const descending = uses.toSorted((a, b) => b - a);
  return descending[Math.ceil(uses.length * REACHED_SHARE) - 1] ?? 0;
}
