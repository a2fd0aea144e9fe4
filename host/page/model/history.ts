/** What each guest had since the page was opened, in as many points as a screen shows; pure. */
import { MIB } from "../../src/model/bytes.ts";
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
