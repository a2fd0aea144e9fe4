import { describe, expect, it } from "vitest";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import type { GuestDemand, GuestFacts } from "../../../../../host/src/model/guest.ts";
import { keepLedger } from "../../../../../host/src/policy/budget/ledger.ts";
import {
  creditBytes,
  failingBytes,
  isCredible,
  requestedSize,
  spendableFor,
} from "../../../../../host/src/policy/demand/credit.ts";
import { type GuestMemory, newGuestMemory } from "../../../../../host/src/policy/memory.ts";
import { assess } from "../../../../../host/src/policy/need/assess.ts";
import { aGuest, aHost, type GuestShape, NOW, settingsFor } from "../../../../fakes/facts.ts";

const holding = (mib: number) => ({ processMemory: { residentBytes: mib * MIB, swappedBytes: 0 } });

/** A guest, another that has so much, and the ledger of both. */
function besides(facts: GuestFacts, otherMib: number, budgetMib: number, known: Partial<GuestMemory> = {}) {
  const settings = settingsFor(budgetMib);
  const other = aGuest({ name: "other", maxMib: 8192, actualMib: otherMib, availableMib: 100 });
  const guests = [facts, other].map((each) => {
    const memory = { ...newGuestMemory(0), overheadBytes: 0, ...(each === facts && known) };
    return assess(each, memory, settings.tuning, NOW);
  });
  const [guest] = guests;
  if (guest === undefined) throw new Error("no guest");
  return { guest, guests, ledger: keepLedger(aHost(), guests, settings, NOW, 0) };
}

/** What a guest may be given in a shortage, in MiB; the other one has 3000 of 4000 MiB. */
function creditMib(shape: GuestShape, failingMib = 0, known: Partial<GuestMemory> = {}): number {
  const { guest, guests, ledger } = besides(aGuest(shape), 3000, 4000, known);
  return creditBytes(guest, guests, ledger, failingMib * MIB, NOW) / MIB;
}

describe("what a guest may be given on its word", () => {
  const small = { maxMib: 1024, actualMib: 400, targetMib: 400, availableMib: 10 };

  it("is all of its memory while there is enough", () => {
    const { guest, guests, ledger } = besides(aGuest(small), 1000, 4000);
    expect(creditBytes(guest, guests, ledger, 0, NOW)).toBe(1024 * MIB);
  });

  it("is 256 MiB in a shortage: what an honest guest needs until it demands again, and little for a hoarder", () => {
    expect(creditMib(small)).toBeCloseTo(256);
  });

  it("is more of a large guest, which grows faster: 15 % of its size", () => {
    expect(creditMib({ ...small, maxMib: 4096 })).toBeCloseTo(0.15 * 4096);
  });

  it("is half of that above its fair share, or as much as the host saw it grow by", () => {
    const rich = { ...small, maxMib: 8192, actualMib: 2100, targetMib: 2100, facts: holding(2100) };
    expect(creditMib(rich)).toBeCloseTo(0.15 * 8192 * 0.5);
    const fast = { usePeakBytesPerSecond: 5000 * MIB, residentPeakBytesPerSecond: 5000 * MIB };
    const grown = { growth: { ...newGuestMemory(0).growth, ...fast } };
    expect(creditMib({ ...rich, report: { roundTripMs: 50, demandReserveBytes: 0 } }, 0, grown)).toBeCloseTo(
      (5000 * 70 * 2.5) / 1000,
    );
    const claims = { growthBytesPerSecond: 2 ** 52 };
    expect(creditMib({ ...rich, report: claims })).toBeCloseTo(0.08 * 8192);
  });

  it("is less by what it was given before and has not touched", () => {
    expect(creditMib({ ...small, facts: holding(300) })).toBeCloseTo(256 - 100);
  });

  it("is not so much that it comes to have more than its fair share, or more than its floor and the allowance", () => {
    const large = {
      maxMib: 4096,
      actualMib: 1900,
      targetMib: 1900,
      availableMib: 1000,
      facts: holding(1900),
    };
    expect(creditMib(large)).toBeCloseTo(2000 - 1900);
  });

  it("is, where it is failing, what it must have up to its fair share", () => {
    const untouched = { ...small, actualMib: 1500, targetMib: 1500, maxMib: 3000, facts: holding(600) };
    expect(creditMib(untouched)).toBe(0);
    expect(creditMib(untouched, 200)).toBe(200);
    expect(creditMib(untouched, 900)).toBe(2000 - 1500);
  });

  it("goes beyond its fair share where it is failing and the host saw it grow in the last three decisions", () => {
    const fair = {
      ...small,
      actualMib: 2000,
      targetMib: 2000,
      maxMib: 3000,
      availableMib: 1000,
      facts: holding(1100),
    };
    const grewBefore = (ms: number) => ({
      growth: { ...newGuestMemory(0).growth, residentGrewAtMs: NOW - ms },
    });
    expect(creditMib(fair, 200, grewBefore(2_900))).toBe(200);
    expect(creditMib(fair, 200, grewBefore(3_100))).toBe(0);
  });

  it("is nothing more where its own balloon driver contradicted it lately", () => {
    const untouched = { ...small, actualMib: 1500, targetMib: 1500, maxMib: 3000, facts: holding(600) };
    expect(creditMib(untouched, 200, { contradictedAtMs: NOW - 20_000 })).toBe(0);
  });
});

describe("what a guest may be given that demands in vain", () => {
  const row = { demands: { sinceMs: NOW - 5_000, atMs: NOW } };
  const growth = (grewMsAgo?: number) => ({
    growth: {
      ...newGuestMemory(0).growth,
      resident: { bytes: 0, atMs: NOW },
      ...(grewMsAgo !== undefined && { residentGrewAtMs: NOW - grewMsAgo }),
    },
  });
  const sized = (mib: number) => ({ maxMib: 4096, actualMib: mib, targetMib: mib, availableMib: 10 });
  const poor = { ...sized(1900), facts: holding(1900) };
  const rich = { ...sized(2100), facts: holding(2100) };

  it("is what it lacks of its fair share, and nothing beyond it", () => {
    expect(creditMib(rich, 200, growth())).toBeGreaterThan(0);
    expect(creditMib(rich, 200, { ...growth(), ...row })).toBe(0);
    expect(creditMib(poor, 200, { ...growth(), ...row })).toBe(100);
  });

  it("is not all of its memory either, as soon as there is enough for a moment", () => {
    const { guest, guests, ledger } = besides(aGuest(sized(400)), 100, 8000, { ...growth(), ...row });
    expect(creditBytes(guest, guests, ledger, 0, NOW)).toBeCloseTo(0.15 * 4096 * MIB);
  });

  it("is less by what it was given before and has not touched, as usual", () => {
    const untouched = { ...sized(1900), facts: holding(1300) };
    expect(creditMib(untouched, 0, { ...growth(), ...row })).toBeCloseTo(0.15 * 4096 - 600);
    expect(creditMib(untouched, 90, { ...growth(), ...row })).toBe(90);
  });

  it("is the usual again once the host sees it grow", () => {
    expect(creditMib(rich, 0, { ...growth(1_000), ...row })).toBe(creditMib(rich, 0, growth(1_000)));
  });
});

describe("what a guest may be given beyond its fair share whose balloon turned too often", () => {
  const motion = { direction: "down", turns: { count: 4, atMs: NOW } } as const;
  const growth = { ...newGuestMemory(0).growth, residentGrewAtMs: NOW - 1_000 };
  const shape = { maxMib: 4096, actualMib: 2100, targetMib: 2100, availableMib: 10 };
  const report = { demandReserveBytes: 120 * MIB };

  it("is nothing, unless it grows: then what it must have", () => {
    const rich = { ...shape, facts: holding(2100), report };
    expect(creditMib(rich, 100, { motion })).toBe(0);
    expect(creditMib(rich, 100, { motion, growth })).toBe(100);
  });

  it("is no growth that it only reports, and less by what it has and never touched", () => {
    const report = { growthBytesPerSecond: 2 ** 52, demandReserveBytes: 0 };
    const claiming = { ...shape, facts: holding(2100), report };
    // Of half of its maximum, a reported growth counts up to 8 % of it.
    expect(creditMib(claiming, 2000, { motion, growth })).toBeCloseTo(0.08 * 4096);
    expect(creditMib({ ...claiming, facts: holding(2000) }, 2000, { motion, growth })).toBeCloseTo(
      0.08 * 4096 - 100,
    );
  });
});

describe("a guest is believed", () => {
  const believed = (known: Partial<GuestMemory>, bootSeenAtMs = 0) =>
    isCredible(besides(aGuest({ facts: { bootSeenAtMs } }), 1000, 4000, known).guest, NOW);

  it("again a minute after something of its words was doubted", () => {
    expect(believed({ doubtedAtMs: NOW - 59_000 })).toBe(false);
    expect(believed({ doubtedAtMs: NOW - 61_000 })).toBe(true);
  });

  it("from the fifth second on, when its balloon driver was asked twice", () => {
    expect(believed({}, NOW - 4_900)).toBe(false);
    expect(believed({}, NOW - 5_100)).toBe(true);
  });
});

describe("a guest that is about to fail", () => {
  const { guest } = besides(aGuest({ actualMib: 600, targetMib: 600, availableMib: 300 }), 1000, 4000);
  const must = (override: Partial<GuestDemand>) =>
    failingBytes(guest, {
      receivedAtMs: NOW,
      sequence: 1,
      level: "critical",
      needBytes: 400 * MIB,
      ...override,
    });

  it("must have its room to grow at once, less what is left of it", () => {
    expect(must({ availableBytes: 10 * MIB })).toBe(guest.headroomBytes - 10 * MIB);
  });

  it("is none that has more left than it needs to demand in time, nor one that is in no hurry", () => {
    expect(must({})).toBe(0);
    expect(must({ availableBytes: 10 * MIB, level: "moderate" })).toBe(0);
  });

  it("counts what ZFS would give as left", () => {
    expect(must({ availableBytes: 10 * MIB, arcAvailableBytes: 200 * MIB })).toBe(0);
  });
});

describe("what may be promised to a guest", () => {
  it("leaves half of the emergency reserve to others where it has its fair share", () => {
    const shape = { maxMib: 2048, targetMib: 1900, actualMib: 1900, availableMib: 10 };
    const promised = (otherMib: number, budgetMib: number, actualMib: number) => {
      const facts = aGuest({ ...shape, actualMib, targetMib: actualMib });
      const { guest, guests, ledger } = besides(facts, otherMib, budgetMib);
      return spendableFor(guest, guests, ledger, false) / MIB;
    };
    // 64 MiB of reserve, of which a quarter is the host's own.
    expect(promised(2000, 3064, 1000)).toBe(48);
    expect(promised(1000, 3064, 2000)).toBe(24);
  });
});

describe("the size that a demand asks for", () => {
  /** Has 400 of 1024 MiB and needs 100; so much stays free of 4000 MiB when it has all. */
  const asked = (roomPercent: number) => {
    const facts = aGuest({ actualMib: 400, targetMib: 400, availableMib: 10 });
    const otherMib = 4000 - 64 - 1024 - (4000 * roomPercent) / 100;
    const { guest, ledger } = besides(facts, otherMib, 4000);
    const demand = { receivedAtMs: NOW, sequence: 1, level: "critical", needBytes: 100 * MIB } as const;
    return requestedSize(guest, demand, ledger) / MIB;
  };

  it("is all of its memory while 15 % of the budget stays free then: it need not demand again", () => {
    expect(asked(20)).toBe(1024);
  });

  it("is what it needs where less stays free", () => {
    expect(asked(10)).toBe(500);
  });
});
