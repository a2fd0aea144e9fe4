/** What each guest had since the page was opened, and how a past is drawn; pure. */
import { MIB } from "../../src/model/bytes.ts";
import type { GuestStep } from "../../src/model/history.ts";
import type { Status } from "../../src/model/status.ts";

/** 20 minutes at one point a second. */
export const MOST_POINTS = 1200;

export interface Point {
  readonly atMs: number;
  readonly usedBytes?: number | undefined;
  readonly actualBytes?: number | undefined;
  readonly targetBytes?: number | undefined;
}

/** By guest. */
export type Histories = ReadonlyMap<string, readonly Point[]>;

/** Adds one point a guest; guests that are gone are forgotten. */
export function remember(histories: Histories, { guests }: Status, atMs: number): Histories {
  return new Map(
    guests.map(({ name, usedBytes, actualBytes, targetBytes }) => [
      name,
      [...(histories.get(name) ?? []), { atMs, usedBytes, actualBytes, targetBytes }].slice(-MOST_POINTS),
    ]),
  );
}

/** The steps with an empty point behind each after which one is missing: no line is drawn over a time of which nothing is known. */
export function withGaps(steps: readonly GuestStep[]): readonly Point[] {
  return steps.flatMap((step, i): Point[] => {
    const next = steps[i + 1];
    // A broker's timer may be late.
    const isGap = next !== undefined && next.atMs - step.atMs > 2.5 * Math.max(step.stepMs, next.stepMs);
    return isGap ? [step, { atMs: step.atMs + step.stepMs }] : [step];
  });
}

/** The last point that is not after a moment. */
export function indexAt(points: readonly Point[], atMs: number): number {
  return Math.max(
    0,
    points.findLastIndex((point) => point.atMs <= atMs),
  );
}

/** The columns of a plot: seconds since 1970, then used, actual and target in MiB; null where nothing was known. */
export function columnsOf(points: readonly Point[]): [number[], ...(number | null)[][]] {
  const mib = (bytes: number | undefined) => (bytes === undefined ? null : bytes / MIB);
  return [
    points.map(({ atMs }) => atMs / 1000),
    points.map(({ usedBytes }) => mib(usedBytes)),
    points.map(({ actualBytes }) => mib(actualBytes)),
    points.map(({ targetBytes }) => mib(targetBytes)),
  ];
}

/** Points of a line in a box of one by one, as SVG writes them, oldest left; empty where fewer than two are known. */
export function sparkOf(
  points: readonly Point[],
  field: "usedBytes" | "actualBytes",
  mostBytes: number,
): string {
  const [first, last] = [points[0]?.atMs ?? 0, points.at(-1)?.atMs ?? 0];
  const places = points.flatMap((point) => {
    const bytes = point[field];
    if (bytes === undefined) return [];
    const [x, y] = [(point.atMs - first) / Math.max(1, last - first), 1 - bytes / mostBytes];
    return [`${x.toFixed(4)},${y.toFixed(4)}`];
  });
  return places.length < 2 || mostBytes <= 0 ? "" : places.join(" ");
}
