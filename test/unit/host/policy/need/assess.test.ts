import { describe, expect, it } from "vitest";
import { GIB, MIB } from "../../../../../host/src/model/bytes.ts";
import type { GuestFacts } from "../../../../../host/src/model/guest.ts";
import { newGuestMemory } from "../../../../../host/src/policy/memory.ts";
import { isLowOnHeadroom } from "../../../../../host/src/policy/need/assess.ts";
import { aGuest, type GuestShape, NOW } from "../../../../fakes/facts.ts";
import { aNeed } from "../../../../fakes/policy-scene.ts";

/** The mebibytes in which a need is told. */
function mib(bytes: number | undefined): number {
  return (bytes ?? Number.NaN) / MIB;
}

describe("a guest with an agent", () => {
  const hot = { ...newGuestMemory(0).cache, hotBytes: 300 * MIB };

  it("uses what it has less what is available, in step with the balloon as it counts it itself", () => {
    expect(mib(aNeed(aGuest({ actualMib: 800, availableMib: 200 })).usedBytes)).toBe(600);
    // The report is older than the balloon's last move: 100 of 1024 MiB were in the balloon then.
    const report = { balloonBytes: 100 * MIB };
    expect(mib(aNeed(aGuest({ actualMib: 800, availableMib: 200, report })).usedBytes)).toBe(724);
  });

  it("has its use, its hot cache and its headroom for a floor, and wants 8 % of its maximum more", () => {
    const need = aNeed(aGuest({ maxMib: 1000, availableMib: 600, cacheMib: 500 }), { cache: hot });
    expect(mib(need.vitalBytes)).toBe(400 + 64);
    expect(mib(need.floorBytes)).toBe(400 + 300 + 64);
    expect(mib(need.wantBytes)).toBe(400 + 300 + 64 + 80);
  });

  it("has no more for a floor than its maximum, and no less than its guarantee", () => {
    expect(mib(aNeed(aGuest({ availableMib: 10 })).floorBytes)).toBe(1024);
    expect(mib(aNeed(aGuest({ availableMib: 1000, minMib: 512 })).floorBytes)).toBe(512);
  });

  it("needs hot cache no larger than what fits beside what it uses", () => {
    const need = aNeed(aGuest({ availableMib: 100 }), { cache: hot });
    expect(mib(need.hotCacheBytes)).toBe(100);
  });

  it("needs what its programs use and are taking now, whatever else must wait", () => {
    const report = { growthBytesPerSecond: 50 * MIB, demandReserveBytes: 20 * MIB };
    expect(mib(aNeed(aGuest({ availableMib: 600, report })).bareBytes)).toBe(424 + 50);
  });

  it("is low on headroom when less than half of it is left", () => {
    const left = (availableMib: number) => isLowOnHeadroom(aNeed(aGuest({ availableMib })));
    expect(left(32)).toBe(false);
    expect(left(31)).toBe(true);
    expect(isLowOnHeadroom(aNeed(aGuest({ report: null })))).toBe(false);
  });
});

describe("a guest whose balloon driver says otherwise than its agent", () => {
  /** Its agent says that all is used, its driver that 600 MiB are available. */
  const doubted = (driverAtMs: number, shape: GuestShape = {}, memory = {}) => {
    const stats = { availableBytes: 600 * MIB, updatedAtMs: driverAtMs };
    const facts = aGuest({ availableMib: 0, ...shape, facts: { stats } });
    return mib(aNeed(facts, memory).doubtedBytes);
  };
  const known = newGuestMemory(0);

  it("is doubted by what its driver said since the report", () => {
    expect(doubted(NOW)).toBe(600 - 64);
    expect(doubted(NOW - 1)).toBe(0);
  });

  it("is not doubted by what its driver said before the balloon moved", () => {
    expect(doubted(NOW, {}, { motion: { movedAtMs: NOW + 1 } })).toBe(0);
    expect(doubted(NOW, {}, { progress: { ...known.progress, movedAtMs: NOW + 1 } })).toBe(0);
    expect(doubted(NOW, {}, { progress: { ...known.progress, actualBytes: 1023 * MIB } })).toBe(0);
  });

  it("is doubted by what its driver said since the host saw it grow last, where it does not grow now", () => {
    const growth = { ...known.growth, resident: { bytes: GIB, atMs: NOW }, residentGrewAtMs: NOW - 5_000 };
    expect(doubted(NOW - 5_000, {}, { growth })).toBe(600 - 64);
    expect(doubted(NOW - 5_001, {}, { growth })).toBe(0);
    expect(doubted(NOW - 5_000, { report: { growthBytesPerSecond: MIB } }, { growth })).toBe(0);
  });
});

describe("a guest without an agent", () => {
  const silent = (facts: Partial<GuestFacts> = {}) =>
    aGuest({
      maxMib: 1000,
      report: null,
      facts: { stats: { availableBytes: 600 * MIB, freeBytes: 600 * MIB, updatedAtMs: NOW }, ...facts },
    });

  it("is taken to use three tenths more than its balloon driver says: nobody sees its growth", () => {
    expect(mib(aNeed(silent()).usedBytes)).toBe(400);
    expect(mib(aNeed(silent()).vitalBytes)).toBe(400 * 1.3 + 64);
  });

  it("wants three times the comfort of one that can demand", () => {
    const { floorBytes, wantBytes } = aNeed(silent());
    expect(mib(wantBytes - floorBytes)).toBe(3 * 80);
  });

  it("is judged by statistics that are 10 s old, and by no older ones", () => {
    const stats = { availableBytes: 600 * MIB };
    expect(aNeed(silent({ stats: { ...stats, updatedAtMs: NOW - 10_000 } })).source).toBe("balloon-stats");
    expect(aNeed(silent({ stats: { ...stats, updatedAtMs: NOW - 10_001 } })).source).toBe("none");
  });

  it("uses what it swapped out too, up to its size", () => {
    const swapped = (bytes: number) => {
      const reclaim = {
        stats: { updatedAtMs: NOW },
        swapOutBytesPerSecond: 0,
        swapInBytesPerSecond: 0,
        directBytesPerSecond: 0,
        backgroundBytesPerSecond: 0,
        stallsPerSecond: 0,
        majorFaultsPerSecond: 0,
        swappedBytes: bytes,
      };
      return mib(aNeed(silent(), { reclaim }).usedBytes);
    };
    expect(swapped(100 * MIB)).toBe(500);
    expect(swapped(10 * GIB)).toBe(1000);
  });
});

describe("a guest of which nothing is known", () => {
  it("needs what it has, and all of its memory while it boots", () => {
    const facts = (bootSeenAtMs: number) => aGuest({ actualMib: 600, report: null, facts: { bootSeenAtMs } });
    expect(mib(aNeed(facts(0)).wantBytes)).toBe(600);
    expect(mib(aNeed(facts(0)).floorBytes)).toBe(600);
    expect(mib(aNeed(facts(NOW - 59_999)).wantBytes)).toBe(1024);
  });

  it("is taken to have all of its memory where not even its balloon is known", () => {
    const { balloon: _unknown, ...facts } = aGuest({ actualMib: 600, report: null });
    expect(mib(aNeed(facts).actualBytes)).toBe(1024);
  });

  it("lost its agent if one spoke during this boot", () => {
    expect(aNeed(aGuest({ report: null }), { hadAgent: true }).agentLost).toBe(true);
    expect(aNeed(aGuest({ report: null })).agentLost).toBe(false);
    expect(aNeed(aGuest(), { hadAgent: true }).agentLost).toBe(false);
  });
});
