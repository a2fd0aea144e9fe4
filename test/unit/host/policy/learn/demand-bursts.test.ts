import { describe, expect, it } from "vitest";
import { burstPeakBytes, noteBurst, RECLAIM_MS } from "../../../../../host/src/policy/learn/demand-bursts.ts";
import { emptyMemory } from "../../../../../host/src/policy/memory.ts";

const HOUR_MS = 3_600_000;

describe("bursts", () => {
  it("add up over one reclaim time, whoever calls", () => {
    const one = noteBurst(emptyMemory().bursts, 100, 10_000);
    expect(burstPeakBytes(noteBurst(one, 200, 10_000 + RECLAIM_MS - 1), 10_000)).toBe(300);
  });

  it("far apart count one by one, and the largest is remembered", () => {
    const one = noteBurst(emptyMemory().bursts, 300, 10_000);
    expect(burstPeakBytes(noteBurst(one, 200, 10_000 + RECLAIM_MS), 10_000)).toBe(300);
  });

  it("are half forgotten within the hour", () => {
    const one = noteBurst(emptyMemory().bursts, 800, 10_000);
    expect(burstPeakBytes(one, 10_000 + HOUR_MS)).toBe(400);
  });
});
