/** How fine the history is, and for how long it is kept. Pure. */

export interface Level {
  readonly table: string;
  readonly stepMs: number;
  readonly keptMs: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const FINE: Level = { table: "points_10s", stepMs: 10 * SECOND, keptMs: 2 * DAY };
export const MINUTES: Level = { table: "points_1m", stepMs: MINUTE, keptMs: 30 * DAY };
export const HOURS: Level = { table: "points_1h", stepMs: HOUR, keptMs: 365 * DAY };
/** The finest first. */
export const LEVELS: readonly Level[] = [FINE, MINUTES, HOURS];
/** The most of each hour is kept for as long as forecasts look back: five weeks and a day. */
export const PEAKS_KEPT_MS = 36 * DAY;
/** All moves are kept for this long. */
export const MOVES_KEPT_MS = 7 * DAY;
/** A hot cache that was learned longer ago says little: its guest may read other files by now. */
export const HOT_CACHES_KEPT_MS = DAY;
/** The newest ones are kept, one a guest: ten times as many as one broker is made for, and less than 1 MiB. */
export const MOST_HOT_CACHES = 10_000;

/** No answer has many more steps than this: a terminal shows 80. */
const MOST_STEPS = 1500;
/** A report adds steps up and answers with few figures: ten seconds for two days, minutes for two weeks. */
export const MOST_REPORT_STEPS = 20_160;

/** The level whose steps answer for such a time: the finest that is kept long enough and has not too many steps. */
export function levelFor(sinceMs: number, untilMs: number, nowMs: number, mostSteps = MOST_STEPS): Level {
  const fits = ({ stepMs, keptMs }: Level) =>
    nowMs - sinceMs <= keptMs && (untilMs - sinceMs) / stepMs <= mostSteps;
  return LEVELS.find(fits) ?? HOURS;
}

/** The levels that are finer than `level`, the coarsest first: what it does not have yet is read from them. */
export function finerThan(level: Level): readonly Level[] {
  return LEVELS.filter(({ stepMs }) => stepMs < level.stepMs).reverse();
}

/** Begin of the step that holds a moment. */
export function stepOf(atMs: number, { stepMs }: Level): number {
  return Math.floor(atMs / stepMs) * stepMs;
}
