/** Samples of a history: guests whose sizes follow the step, so that what is read back can be told from what was written. */
import { GIB, MIB } from "../../host/src/model/bytes.ts";
import type { GuestPoint, HistorySample } from "../../host/src/model/history.ts";

/** A whole hour, so that steps are easy to count. */
export const BEGIN_MS = Date.UTC(2026, 0, 5, 3);
export const STEP_MS = 10_000;

export function aGuestPoint(override: Partial<GuestPoint> = {}): GuestPoint {
  return {
    ...{ name: "web1", actualBytes: GIB, targetBytes: GIB, usedBytes: 600 * MIB, floorBytes: 700 * MIB },
    ...{ wantBytes: 860 * MIB, maxBytes: 2 * GIB, reason: "steady", pressure: "none" },
    ...{ hasAgent: true, isObserved: false, oomKills: 0 },
    ...override,
  };
}

/** The sample of a step; `web1` has 1000 MiB and one more for each step. */
export function aSample(step: number, override: Partial<HistorySample> = {}): HistorySample {
  return {
    atMs: BEGIN_MS + step * STEP_MS,
    host: { totalBytes: 24 * GIB, availableBytes: 12 * GIB, regime: "tight" },
    guests: [aGuestPoint({ actualBytes: (1000 + step) * MIB }), aGuestPoint({ name: "db1" })],
    moves: [],
    hotCaches: [],
    ...override,
  };
}
