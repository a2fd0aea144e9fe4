import { describe, expect, it } from "vitest";
import { MIB } from "../../../../host/src/model/bytes.ts";
import type { GuestReport } from "../../../../host/src/model/guest.ts";
import type { Regime } from "../../../../host/src/model/plan.ts";
import { learnHotCache } from "../../../../host/src/policy/hot-cache.ts";
import { type CacheMemory, newGuestMemory } from "../../../../host/src/policy/memory.ts";

function report(atMs: number, cacheMib: number, refaults: number): GuestReport {
  return {
    receivedAtMs: atMs,
    bootId: "boot",
    sampledAtMs: atMs,
    totalBytes: 512 * MIB,
    availableBytes: 256 * MIB,
    cacheBytes: cacheMib * MIB,
    refaultFilePagesTotal: refaults,
    pressure: "none",
  };
}

function after(samples: readonly [number, number, number][], regime: Regime = "scarce"): CacheMemory {
  return samples.reduce(
    (memory, [atMs, cacheMib, refaults]) =>
      learnHotCache(memory, report(atMs, cacheMib, refaults), regime, atMs),
    newGuestMemory(0).cache,
  );
}

describe("the hot cache", () => {
  it("is first taken to be half of the cache", () => {
    expect(after([[1_000, 200, 0]]).hotBytes).toBe(100 * MIB);
  });

  it("grows at once to what was there before pages were missed, and more", () => {
    const memory = after([
      [1_000, 200, 0],
      [2_000, 180, 2_000],
    ]);
    expect(memory.hotBytes).toBeGreaterThanOrEqual(200 * MIB);
  });

  it("is probed slowly downwards while nothing is missed", () => {
    const quiet = after([
      [1_000, 200, 0],
      [12_000, 200, 0],
      [13_000, 200, 0],
    ]);
    expect(quiet.hotBytes).toBeCloseTo(95 * MIB, -3);
  });

  it("is probed less often the more often probing went too far", () => {
    const once = after([
      [1_000, 200, 0],
      [2_000, 200, 2_000],
    ]);
    expect(once.nextProbeAtMs - 2_000).toBe(20_000);
  });

  it("is left alone while the host has plenty", () => {
    const samples: [number, number, number][] = [
      [1_000, 200, 0],
      [60_000, 200, 0],
      [120_000, 200, 0],
    ];
    expect(after(samples, "ample").hotBytes).toBe(100 * MIB);
  });

  it("takes half of what was just read for the first time to be hot as well", () => {
    const memory = after([
      [1_000, 100, 0],
      [2_000, 200, 0],
    ]);
    expect(memory.hotBytes).toBe(100 * MIB);
  });

  it("begins with what the kernel saw used more than once, where it says so", () => {
    const first = { ...report(1_000, 200, 0), activeCacheBytes: 160 * MIB };
    expect(learnHotCache(newGuestMemory(0).cache, first, "ample", 1_000).hotBytes).toBe(160 * MIB);
  });

  it("does not grow on while what was lost is still coming back", () => {
    const cliff: [number, number, number][] = [
      [1_000, 200, 0],
      [2_000, 180, 3_000],
    ];
    const once = after(cliff);
    const refilling = after([...cliff, [3_000, 185, 6_000], [4_000, 190, 9_000]]);
    expect(refilling.hotBytes).toBe(once.hotBytes);
  });

  it("does not take a few stray refaults for thrashing", () => {
    const memory = after([
      [1_000, 200, 0],
      [2_000, 200, 20],
    ]);
    expect(memory.hotBytes).toBe(100 * MIB);
  });

  it("sees a cache that is being filled", () => {
    const memory = after([
      [1_000, 100, 0],
      [2_000, 150, 0],
    ]);
    expect(memory.filling).toBe(true);
  });

  it("starts anew when the guest's clock went back, as after a reboot", () => {
    const memory = after([
      [100_000, 200, 50_000],
      [1_000, 20, 0],
    ]);
    expect(memory.refaultsPerSecond).toBe(0);
  });
});
