/** Room to grow: what a guest keeps beside what it uses. */
import { describe, expect, it } from "vitest";
import { GIB, MIB } from "../../../../../host/src/model/bytes.ts";
import type { GuestReport } from "../../../../../host/src/model/guest.ts";
import { DEFAULT_TUNING } from "../../../../../host/src/model/settings.ts";
import { learnReclaim } from "../../../../../host/src/policy/learn/reclaim-activity.ts";
import { type GrowthMemory, newGuestMemory } from "../../../../../host/src/policy/memory.ts";
import {
  bareHeadroom,
  blindHeadroom,
  demandReserve,
  headroom,
} from "../../../../../host/src/policy/need/headroom.ts";
import { aGuest, NOW } from "../../../../fakes/facts.ts";

function report(totalBytes: number, demandReserveBytes?: number) {
  const { report: told } = aGuest();
  if (told === undefined) throw new Error("the guest has no report");
  return { ...told, totalBytes, ...(demandReserveBytes !== undefined && { demandReserveBytes }) };
}

describe("the demand reserve", () => {
  it("is the agent's own figure", () => {
    expect(demandReserve(report(4 * GIB, 40 * MIB))).toBe(40 * MIB);
  });

  it("is 3 % of what an agent of release 0.1.0 has, from 16 to 128 MiB", () => {
    const reserves = [100 * MIB, 1000 * MIB, 64 * GIB].map((bytes) => demandReserve(report(bytes)));
    expect(reserves).toEqual([16 * MIB, 30 * MIB, 128 * MIB]);
  });

  it("is believed up to 256 MiB or 8 %: a guest cannot claim its way to more", () => {
    expect(demandReserve(report(2 * GIB, 2 ** 52))).toBe(256 * MIB);
    expect(demandReserve(report(8 * GIB, 2 ** 52))).toBe(8 * GIB * 0.08);
  });
});

/** A guest's report and the fastest growth that was seen of it, in MiB and MiB a second. */
interface Grown {
  readonly maxMib?: number;
  readonly report?: Partial<GuestReport>;
  readonly used?: number;
  /** Absent: nothing is known of the guest's process. */
  readonly resident?: number;
}

function grownHeadroomMib({ maxMib = 1024, report: told, used = 0, resident }: Grown): number {
  const facts = aGuest({
    maxMib,
    report: { demandReserveBytes: 20 * MIB, ...told },
    facts: resident === undefined ? {} : { processMemory: { residentBytes: GIB, swappedBytes: 0 } },
  });
  if (facts.report === undefined) throw new Error("the guest has no report");
  const growth: GrowthMemory = {
    ...newGuestMemory(0).growth,
    usePeakBytesPerSecond: used * MIB,
    residentPeakBytesPerSecond: (resident ?? 0) * MIB,
  };
  return headroom(facts, facts.report, { ...newGuestMemory(0), growth }, DEFAULT_TUNING) / MIB;
}

describe("the headroom of a guest with an agent", () => {
  it("is 64 MiB or 4 % of its maximum at least", () => {
    expect(grownHeadroomMib({})).toBe(64);
    expect(grownHeadroomMib({ maxMib: 4000 })).toBe(160);
  });

  it("is its demand reserve and 2.5 times what it grows by until help is there: a round trip and 20 ms", () => {
    // 20 + 400 a second x (80 + 20) ms x 2.5
    expect(grownHeadroomMib({ used: 400, report: { roundTripMs: 80 } })).toBe(120);
    // 20 + 2000 a second x 20 ms x 2.5
    expect(grownHeadroomMib({ used: 2000, report: { roundTripMs: 0 } })).toBe(120);
  });

  it("is ready for a round trip of 50 ms where none was measured yet", () => {
    const measured = grownHeadroomMib({ used: 400, report: { roundTripMs: 50 } });
    expect(measured).toBe(20 + 70);
    expect(grownHeadroomMib({ used: 400 })).toBe(measured);
  });

  it("is what it grows by in 2 s while it grows", () => {
    expect(grownHeadroomMib({ report: { growthBytesPerSecond: 100 * MIB } })).toBe(200);
  });

  it("is what its kernel keeps for itself at least", () => {
    expect(grownHeadroomMib({ report: { watermarkReserveBytes: 150 * MIB } })).toBe(150);
    // More is the guest's own choice, and would be room for it at the cost of others.
    expect(grownHeadroomMib({ report: { watermarkReserveBytes: 400 * MIB } })).toBe(256);
  });

  it("is half of its maximum at most, however fast it grew", () => {
    expect(grownHeadroomMib({ used: 100_000 })).toBe(512);
  });
});

describe("growth that the host did not see", () => {
  it("counts up to 256 MiB or 8 % of the guest's maximum, the larger of the two", () => {
    expect(grownHeadroomMib({ used: 100_000, resident: 0 })).toBe(256);
    expect(grownHeadroomMib({ used: 100_000, resident: 0, maxMib: 10_000 })).toBe(800);
  });

  it("counts for a round trip of 60 ms at most: a guest that is slow to answer gets no more for it", () => {
    // 20 + 500 a second x (60 + 20) ms x 2.5
    expect(grownHeadroomMib({ used: 500, resident: 0, report: { roundTripMs: 60 } })).toBe(120);
    expect(grownHeadroomMib({ used: 500, resident: 0, report: { roundTripMs: 2_000 } })).toBe(120);
  });

  it("counts as what the guest's hardware could do, where its agent measured that", () => {
    const report = { touchBytesPerSecond: 500 * MIB, roundTripMs: 60 };
    expect(grownHeadroomMib({ resident: 0, report })).toBe(120);
  });

  it("counts in full as soon as the host has seen it", () => {
    // 20 + 1000 a second x (180 + 20) ms x 2.5
    const report = { roundTripMs: 180 };
    expect(grownHeadroomMib({ used: 1_000, resident: 900, maxMib: 2048, report })).toBe(20 + 450);
  });
});

describe("the room that is beyond dispute where there is not enough for all", () => {
  it("is what the guest grows by in 1 s, and its demand reserve at least", () => {
    const growing = (mib: number) =>
      bareHeadroom(aGuest(), { ...report(GIB, 20 * MIB), growthBytesPerSecond: mib * MIB }) / MIB;
    expect(growing(100)).toBe(100);
    expect(growing(1)).toBe(20);
  });
});

describe("growth under way", () => {
  it("counts up to a limit, where one is set", () => {
    const facts = aGuest({ maxMib: 4096, report: { growthBytesPerSecond: 500 * MIB } });
    if (facts.report === undefined) throw new Error("the guest has no report");
    const within = (mib: number) => [
      headroom(facts, facts.report ?? report(GIB), newGuestMemory(0), DEFAULT_TUNING, () => mib * MIB) / MIB,
      bareHeadroom(facts, facts.report ?? report(GIB), () => mib * MIB) / MIB,
    ];
    expect(within(2000)).toEqual([1000, 500]);
    expect(within(450)).toEqual([450, 450]);
  });
});

describe("the headroom of a guest without an agent", () => {
  /** Of a guest of 1 GiB whose process grew so many MiB a second at most, and now. */
  function blindMib(peak: number, now: number, swapOut = 0): number {
    const known = newGuestMemory(0);
    const growth = {
      ...known.growth,
      residentPeakBytesPerSecond: peak * MIB,
      residentNowBytesPerSecond: now * MIB,
    };
    const stats = { updatedAtMs: NOW };
    const reclaim = learnReclaim(
      learnReclaim(undefined, { swapOutBytesTotal: 0, updatedAtMs: NOW - 1_000 }),
      { swapOutBytesTotal: swapOut * MIB, updatedAtMs: NOW },
    );
    const facts = aGuest({ report: null, facts: { stats } });
    return blindHeadroom(facts, { ...known, growth, reclaim }, DEFAULT_TUNING) / MIB;
  }

  it("is 64 MiB at least and half of its maximum at most", () => {
    expect(blindMib(0, 0)).toBe(64);
    expect(blindMib(10_000, 0)).toBe(512);
  });

  it("is what its process drew in 1.5 s at its fastest: until the decision that sees it", () => {
    expect(blindMib(100, 0)).toBe(150);
  });

  it("is what its process grows by in 3.5 s while it grows, and what it swaps out counts as growth", () => {
    expect(blindMib(0, 40)).toBe(140);
    expect(blindMib(0, 20, 20)).toBe(140);
  });
});
