import { describe, expect, it } from "vitest";
import { GIB, MIB } from "../../../../../host/src/model/bytes.ts";
import type { BalloonStats } from "../../../../../host/src/model/guest.ts";
import { decide } from "../../../../../host/src/policy/decide.ts";
import { learnReclaim, pressureOf } from "../../../../../host/src/policy/learn/reclaim-activity.ts";
import { emptyMemory } from "../../../../../host/src/policy/memory.ts";
import { aGuest, aHost, NOW, settingsFor } from "../../../../fakes/facts.ts";

const ZERO: BalloonStats = {
  swapInBytesTotal: 0,
  swapOutBytesTotal: 0,
  majorFaultsTotal: 0,
  allocationStallsTotal: 0,
  asyncScanBytesTotal: 0,
  asyncReclaimBytesTotal: 0,
  directScanBytesTotal: 0,
  directReclaimBytesTotal: 0,
  updatedAtMs: 0,
};

/** What is learned when the driver answers so two seconds after zeroes. */
function after(stats: Partial<BalloonStats>) {
  return learnReclaim(learnReclaim(undefined, ZERO), { ...ZERO, ...stats, updatedAtMs: 2_000 });
}

describe("a guest without agent", () => {
  it.each([
    ["swaps out", { swapOutBytesTotal: 2 * MIB }, "moderate"],
    ["swaps in", { swapInBytesTotal: 2 * MIB }, "moderate"],
    ["swaps a little", { swapOutBytesTotal: 8192 }, "low"],
    ["waits for memory", { allocationStallsTotal: 4 }, "moderate"],
    ["waits now and then", { allocationStallsTotal: 1 }, "low"],
    ["reclaims by itself", { directReclaimBytesTotal: 8 * MIB }, "moderate"],
    ["scans by itself", { directScanBytesTotal: MIB / 2 }, "low"],
    ["scans hardly anything", { directScanBytesTotal: MIB / 2 - 1024 }, "none"],
    ["swaps hardly anything", { swapOutBytesTotal: 4096 }, "none"],
    [
      "reads back what its kernel reclaims",
      { majorFaultsTotal: 500, asyncReclaimBytesTotal: MIB },
      "moderate",
    ],
    ["scans in vain for what it reads back", { majorFaultsTotal: 500, asyncScanBytesTotal: MIB }, "moderate"],
    ["reads files for the first time", { majorFaultsTotal: 5_000 }, "none"],
    ["swaps less than 1 MiB a second", { swapOutBytesTotal: 2 * MIB - 1024 }, "low"],
    ["waits less than twice a second", { allocationStallsTotal: 3 }, "low"],
    ["reclaims less than 4 MiB a second by itself", { directReclaimBytesTotal: 8 * MIB - 1024 }, "low"],
    [
      "reads back fewer than 250 pages a second",
      { majorFaultsTotal: 499, asyncReclaimBytesTotal: MIB },
      "none",
    ],
    ["rests", {}, "none"],
  ] as const)("that %s", (_, stats, pressure) => {
    expect(pressureOf(after(stats))).toBe(pressure);
  });

  it("is judged by nothing that its driver left out", () => {
    const { swapOutBytesTotal: _, ...without } = ZERO;
    const memory = learnReclaim(learnReclaim(undefined, without), {
      ...ZERO,
      swapOutBytesTotal: GIB,
      updatedAtMs: 2_000,
    });
    expect(pressureOf(memory)).toBe("none");
  });

  it("is short of memory from one wait in 10 s", () => {
    const once = (afterMs: number) =>
      pressureOf(
        learnReclaim(learnReclaim(undefined, ZERO), {
          ...ZERO,
          allocationStallsTotal: 1,
          updatedAtMs: afterMs,
        }),
      );
    expect(once(10_000)).toBe("low");
    expect(once(10_001)).toBe("none");
  });

  it("is not judged by answers of its driver less than half a second apart", () => {
    const judged = (afterMs: number) =>
      pressureOf(
        learnReclaim(learnReclaim(undefined, ZERO), {
          ...ZERO,
          swapOutBytesTotal: GIB,
          updatedAtMs: afterMs,
        }),
      );
    expect(judged(499)).toBe("none");
    expect(judged(500)).toBe("moderate");
  });

  it("still uses what it swapped out, until it reads it back or ten minutes have taken half of it", () => {
    const out = after({ swapOutBytesTotal: 100 * MIB });
    expect(out?.swappedBytes).toBe(100 * MIB);
    const back = { ...ZERO, swapOutBytesTotal: 100 * MIB, swapInBytesTotal: 100 * MIB, updatedAtMs: 4_000 };
    expect(learnReclaim(out, back)?.swappedBytes).toBe(0);
    const later = { ...ZERO, swapOutBytesTotal: 100 * MIB, updatedAtMs: 602_000 };
    expect(learnReclaim(out, later)?.swappedBytes).toBe(50 * MIB);
  });
});

describe("the size of a guest that swaps, at 60 % used", () => {
  /** Where it ends after a minute beside one that uses all it has, while 40 MiB a second go to swap or not. */
  function endsAtMib(swapMibPerSecond: number): number {
    let memory = emptyMemory();
    let actualMib = 4096;
    for (let tick = 0; tick < 60; tick++) {
      const nowMs = NOW + tick * 1_000;
      const availableMib = actualMib - 2458;
      const stats: BalloonStats = {
        ...ZERO,
        freeBytes: availableMib * MIB,
        availableBytes: availableMib * MIB,
        swapOutBytesTotal: tick * swapMibPerSecond * MIB,
        updatedAtMs: nowMs,
      };
      const shape = { maxMib: 4096, actualMib, targetMib: actualMib, report: null, nowMs };
      const guests = [
        aGuest({ ...shape, name: "swapping", shares: 100, facts: { stats } }),
        aGuest({ name: "busy", maxMib: 4096, availableMib: 500, nowMs }),
      ];
      const decision = decide(
        { nowMs, host: aHost({ totalBytes: 16 * GIB }), guests },
        memory,
        settingsFor(8000),
      );
      memory = decision.memory;
      const move = decision.plan.moves.find(({ name }) => name === "swapping");
      if (move !== undefined) actualMib = move.toBytes / MIB;
    }
    return actualMib;
  }

  it("is left alone while it swaps: swapping does not erase its own evidence", () => {
    // The first decision has no second answer of the driver to go by.
    expect(endsAtMib(0)).toBeLessThan(3500);
    expect(endsAtMib(40)).toBe(4096 - 256);
  });
});
