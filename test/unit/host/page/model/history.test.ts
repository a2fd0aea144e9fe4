import { describe, expect, it } from "vitest";
import {
  columnsOf,
  type Histories,
  indexAt,
  MOST_POINTS,
  remember,
  sparkOf,
  withGaps,
} from "../../../../../host/page/model/history.ts";
import type { GuestStep } from "../../../../../host/src/model/history.ts";
import { DB, STATUS, WEB } from "../../../../fakes/fake-control-service.ts";

describe("a guest's history on the page", () => {
  it("grows by a point an answer, and keeps the newest", () => {
    let histories: Histories = new Map();
    for (let i = 0; i < MOST_POINTS + 5; i += 1) histories = remember(histories, STATUS, i);
    const points = histories.get("web1") ?? [];
    expect(points).toHaveLength(MOST_POINTS);
    expect(points[0]?.atMs).toBe(5);
  });

  it("ends with the guest", () => {
    const histories = remember(new Map(), STATUS, 0);
    expect([...remember(histories, { ...STATUS, guests: [DB] }, 1).keys()]).toEqual(["db1"]);
  });

  it("is drawn in MiB over seconds, with gaps for what was not known", () => {
    const { usedBytes: _, ...unknown } = WEB;
    const first = remember(new Map(), { ...STATUS, guests: [WEB] }, 2000);
    const points = remember(first, { ...STATUS, guests: [unknown] }, 4000).get("web1") ?? [];
    expect(columnsOf(points)).toEqual([
      [2, 4],
      [600, null],
      [768, 768],
      [1024, 1024],
    ]);
  });
});

const step = (atMs: number, stepMs = 10): GuestStep => ({
  ...{ atMs, stepMs, actualBytes: 1, reason: "steady", hasAgent: true, isObserved: false, oomKills: 0 },
});

describe("a guest's past", () => {
  it("has no line over a time of which nothing is remembered", () => {
    const times = (steps: GuestStep[]) => withGaps(steps).map(({ atMs, actualBytes }) => [atMs, actualBytes]);
    expect(times([step(0), step(10), step(100)])).toEqual([
      [0, 1],
      [10, 1],
      [20, undefined],
      [100, 1],
    ]);
    // A step that is a little late, and the change from long steps to short ones, are no gaps.
    expect(times([step(0), step(22), step(40, 60), step(100)])).toHaveLength(4);
  });

  it("has a last point that is not after a moment", () => {
    const points = [step(0), step(10), step(20)];
    expect([-5, 0, 15, 20, 99].map((atMs) => indexAt(points, atMs))).toEqual([0, 0, 1, 2, 2]);
  });
});

describe("the line of a guest's row", () => {
  it("goes from left to right, with its maximum on top", () => {
    const points = [
      { atMs: 100, usedBytes: 0 },
      { atMs: 150, usedBytes: 50 },
      { atMs: 300, usedBytes: 100 },
    ];
    expect(sparkOf(points, "usedBytes", 100)).toBe("0.0000,1.0000 0.2500,0.5000 1.0000,0.0000");
  });

  it("is none where fewer than two sizes are known, or no maximum", () => {
    const points = [{ atMs: 1, usedBytes: 1 }, { atMs: 2 }];
    expect(sparkOf(points, "usedBytes", 100)).toBe("");
    expect(sparkOf([...points, { atMs: 3, usedBytes: 1 }], "usedBytes", 0)).toBe("");
  });
});
