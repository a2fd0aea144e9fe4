import { describe, expect, it } from "vitest";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import {
  isClaimNew,
  isSeenGrowing,
  learnResidentGrowth,
  learnUseGrowth,
} from "../../../../../host/src/policy/learn/growth.ts";
import { type GrowthMemory, newGuestMemory } from "../../../../../host/src/policy/memory.ts";
import { aGuest } from "../../../../fakes/facts.ts";

const TEN_MINUTES_MS = 600_000;

function drawn(ticks: readonly [number, number][], isBooting = false): GrowthMemory {
  return ticks.reduce((memory, [atMs, mib]) => {
    const processMemory = { residentBytes: mib * MIB, swappedBytes: 0 };
    return learnResidentGrowth(memory, aGuest({ facts: { processMemory } }), isBooting, atMs);
  }, newGuestMemory(0).growth);
}

describe("reported growth", () => {
  const claimed = (...claims: readonly [number, number][]) =>
    claims.reduce((memory, [atMs, mib]) => {
      const { report } = aGuest({ report: { growthBytesPerSecond: mib * MIB } });
      return learnUseGrowth(memory, report, atMs);
    }, newGuestMemory(0).growth);

  it("is new for 10 s", () => {
    const growing = claimed([50_000, 10], [59_000, 10]);
    expect(isClaimNew(growing, 59_999)).toBe(true);
    expect(isClaimNew(growing, 60_000)).toBe(false);
    expect(isClaimNew(growing, 68_999)).toBe(false);
    // A demand comes before the tick that learns of its growth.
    expect(isClaimNew(claimed([50_000, 0]), 50_000)).toBe(true);
    expect(isClaimNew(growing, 69_000)).toBe(true);
  });

  it("is new again after a pause of 10 s", () => {
    expect(isClaimNew(claimed([50_000, 10], [51_000, 0], [59_999, 10]), 60_000)).toBe(false);
    expect(isClaimNew(claimed([50_000, 10], [51_000, 0], [60_000, 10]), 60_000)).toBe(true);
  });
});

describe("growth", () => {
  it("is seen for 3 s", () => {
    const growth = drawn([
      [0, 100],
      [1_000, 200],
    ]);
    expect(isSeenGrowing(growth, 3_999)).toBe(true);
    expect(isSeenGrowing(growth, 4_000)).toBe(false);
    expect(isSeenGrowing(newGuestMemory(0).growth, 0)).toBe(false);
  });

  it("remembers the fastest that an agent saw, and half forgets it in ten minutes", () => {
    const report = aGuest({ report: { growthBytesPerSecond: 80 * MIB } }).report;
    const seen = learnUseGrowth(newGuestMemory(0).growth, report, 0);
    expect(learnUseGrowth(seen, undefined, TEN_MINUTES_MS).usePeakBytesPerSecond).toBe(40 * MIB);
  });

  it("remembers how fast the host had to give memory, whatever the guest says", () => {
    const memory = drawn([
      [0, 100],
      [1_000, 350],
      [2_000, 360],
    ]);
    expect(memory.residentPeakBytesPerSecond / MIB).toBeCloseTo(250, 0);
  });

  it("is seen at once, though its speed is not told by so short a time", () => {
    const memory = drawn([
      [0, 100],
      [100, 105],
    ]);
    expect(memory).toMatchObject({ residentGrewAtMs: 100, residentPeakBytesPerSecond: 0 });
    const noise = drawn([
      [0, 100],
      [100, 103],
    ]);
    expect(noise.residentGrewAtMs).toBeUndefined();
  });

  it("learns nothing from a boot, which draws memory whatever the guest does later", () => {
    expect(
      drawn(
        [
          [0, 100],
          [1_000, 900],
        ],
        true,
      ).residentPeakBytesPerSecond,
    ).toBe(0);
  });

  it("is not learned from ticks less than half a second apart: a burst of a moment is no rate", () => {
    const rate = (afterMs: number) =>
      drawn([
        [0, 100],
        [afterMs, 350],
      ]).residentPeakBytesPerSecond / MIB;
    expect(rate(499)).toBe(0);
    expect(rate(500)).toBeCloseTo(500, 0);
  });

  it("of less than 4 MiB a second is noise: the guest is not seen to grow", () => {
    const grewAtMs = (mib: number) =>
      drawn([
        [0, 100],
        [1_000, 100 + mib],
      ]).residentGrewAtMs;
    expect(grewAtMs(3.9)).toBeUndefined();
    expect(grewAtMs(4)).toBe(1_000);
  });

  it("is over when the process holds no more than before", () => {
    const memory = drawn([
      [0, 100],
      [1_000, 350],
      [2_000, 340],
    ]);
    expect(memory).toMatchObject({ residentNowBytesPerSecond: 0, residentGrewAtMs: 1_000 });
  });
});
