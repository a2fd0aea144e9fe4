import { describe, expect, it } from "vitest";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import type { GuestReport, RememberedHotCache } from "../../../../../host/src/model/guest.ts";
import { firstHotCache } from "../../../../../host/src/policy/learn/first-hot-cache.ts";
import { aGuest, NOW } from "../../../../fakes/facts.ts";

const HALF_HOUR_MS = 30 * 60_000;

/** In MiB; the cache looks hot as far as its active list goes, which is 100 MiB. */
function firstMib(remembered?: Partial<RememberedHotCache>, report: Partial<GuestReport> = {}): number {
  const shape = { cacheMib: 400, report: { activeCacheBytes: 100 * MIB, ...report } };
  const { report: reported } = aGuest(shape);
  if (reported === undefined) throw new Error("it has reported");
  const known = remembered && { bytes: 300 * MIB, bootId: "boot", learnedAtMs: NOW, ...remembered };
  return firstHotCache(reported, known, NOW) / MIB;
}

describe("hot cache before anything was learned", () => {
  it("is what looks hot where nothing is remembered", () => {
    expect(firstMib()).toBe(100);
  });

  it("is what an earlier run of the broker has learned, though the active list is shorter", () => {
    expect(firstMib({})).toBe(300);
    expect(firstMib({ learnedAtMs: NOW - 10 * HALF_HOUR_MS })).toBe(300);
  });

  it("is what looks hot where what is remembered is of another boot", () => {
    expect(firstMib({ bootId: "another" })).toBe(100);
  });

  it("is less than what looks hot where a squeezed guest did without, and revives in half an hour without the broker", () => {
    expect(firstMib({ bytes: 20 * MIB })).toBe(20);
    expect(firstMib({ bytes: 20 * MIB, learnedAtMs: NOW - HALF_HOUR_MS })).toBeCloseTo(100 - 80 / Math.E, 3);
    expect(firstMib({ bytes: 20 * MIB, learnedAtMs: NOW - 20 * HALF_HOUR_MS })).toBe(100);
  });

  it("is no further from what was learned where that was learned later than now", () => {
    expect(firstMib({ bytes: 20 * MIB, learnedAtMs: NOW + HALF_HOUR_MS })).toBe(20);
  });
});
