import { describe, expect, it } from "vitest";
import { burstPeakBytes, noteBurst } from "../../../../../host/src/policy/learn/demand-bursts.ts";
import { emptyMemory } from "../../../../../host/src/policy/memory.ts";

const HOUR_MS = 3_600_000;
/** Until taking elsewhere has made up for a guest's sudden growth. */
const WINDOW_MS = 1_500;

const guest = (name: string) => ({ name, limits: { minBytes: 0, maxBytes: 1000, shares: 1000 } });
const A = guest("a");
const B = guest("b");

describe("bursts", () => {
  it("add up within 1.5 s, whichever guest demands", () => {
    const one = noteBurst(emptyMemory().bursts, A, 100, 10_000);
    const two = noteBurst(one, B, 200, 10_000 + WINDOW_MS - 2);
    expect(burstPeakBytes(noteBurst(two, A, 300, 10_000 + WINDOW_MS - 1), 10_000)).toBe(600);
  });

  it("of one guest never come to more than its maximum, however often it demands", () => {
    let bursts = emptyMemory().bursts;
    for (let atMs = 10_000; atMs < 10_000 + WINDOW_MS; atMs += 10) bursts = noteBurst(bursts, A, 900, atMs);
    expect(burstPeakBytes(bursts, 10_000 + WINDOW_MS)).toBe(1000);
  });

  it("far apart count one by one, and the largest is remembered", () => {
    const one = noteBurst(emptyMemory().bursts, A, 300, 10_000);
    expect(burstPeakBytes(noteBurst(one, A, 200, 10_000 + WINDOW_MS), 10_000)).toBe(300);
  });

  it("are half forgotten within the hour", () => {
    const one = noteBurst(emptyMemory().bursts, A, 800, 10_000);
    expect(burstPeakBytes(one, 10_000 + HOUR_MS)).toBe(400);
  });
});
