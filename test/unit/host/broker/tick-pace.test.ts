import { describe, expect, it } from "vitest";
import { TickPace } from "../../../../host/src/broker/tick-pace.ts";

const plan = (owedBytes: number, urgent = false) => ({ owedBytes, urgent, moves: [] });
const MOVE = { name: "web1", fromBytes: 2, toBytes: 1, kind: "take-idle", reason: "take-idle" } as const;

describe("the pace of ticks", () => {
  it("is the configured one, and quicker when the host could run out", () => {
    const pace = new TickPace();
    expect(pace.next(undefined, false, 1000)).toBe(1000);
    expect(pace.next(plan(0), true, 1000)).toBe(1000);
    expect(pace.next(plan(0, true), false, 1000)).toBe(250);
    expect(pace.next(plan(0, true), false, 100)).toBe(100);
  });

  it("is ten a second while a demand is unpaid and balloons move", () => {
    const pace = new TickPace();
    for (let i = 0; i < 50; i++) expect(pace.next(plan(1), true, 1000)).toBe(100);
    for (let i = 0; i < 50; i++) expect(pace.next({ ...plan(1), moves: [MOVE] }, false, 1000)).toBe(100);
  });

  it("goes back to the configured one while an unpaid demand has nothing to be paid with", () => {
    const pace = new TickPace();
    const paces = Array.from({ length: 5 }, () => pace.next(plan(1), false, 1000));
    expect(paces).toEqual([200, 400, 800, 1000, 1000]);
    expect(pace.next(plan(1), true, 1000)).toBe(100);
    expect(pace.next(plan(1), false, 1000)).toBe(200);
  });
});
