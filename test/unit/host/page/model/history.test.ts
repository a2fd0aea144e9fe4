import { describe, expect, it } from "vitest";
import { columnsOf, type Histories, MOST_POINTS, remember } from "../../../../../host/page/model/history.ts";
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
