import { describe, expect, it } from "vitest";
import { GIB, MIB } from "../../../../../host/src/model/bytes.ts";
import type { GuestFacts } from "../../../../../host/src/model/guest.ts";
import type { Regime } from "../../../../../host/src/model/plan.ts";
import { learn } from "../../../../../host/src/policy/learn/learn.ts";
import { emptyMemory, type GuestMemory, newGuestMemory } from "../../../../../host/src/policy/memory.ts";
import { aGuest, aHost, NOW, settingsFor } from "../../../../fakes/facts.ts";

interface Known {
  readonly facts: GuestFacts;
  readonly memory?: Partial<GuestMemory>;
}

/** What is remembered of each guest after a tick. Guests without `memory` are seen for the first time. */
function learned(guests: readonly Known[], regime: Regime = "scarce", nowMs = NOW): GuestMemory[] {
  const known = guests.flatMap(({ facts, memory }): [string, GuestMemory][] =>
    memory === undefined ? [] : [[facts.name, { ...newGuestMemory(0), ...memory }]],
  );
  const before = { ...emptyMemory(), regime, guests: new Map(known) };
  const snapshot = { nowMs, host: aHost(), guests: guests.map(({ facts }) => facts) };
  return learn(snapshot, before, settingsFor(4096)).map(({ memory }) => memory);
}

function learnedOf(facts: GuestFacts, memory?: Partial<GuestMemory>, nowMs = NOW): GuestMemory {
  const [first] = learned([memory === undefined ? { facts } : { facts, memory }], "scarce", nowMs);
  if (first === undefined) throw new Error("nothing was learned");
  return first;
}

describe("what is remembered of a guest", () => {
  const debt = { bytes: 100 * MIB, atMs: NOW };

  it("is what it is owed for 3 s: a guest that still needs it demands again", () => {
    expect(learnedOf(aGuest(), { owed: debt }, NOW + 3_000).owed).toEqual(debt);
    expect(learnedOf(aGuest(), { owed: debt }, NOW + 3_001).owed).toBeUndefined();
  });

  it("is what it was granted for 10 s: what it has not drawn by then it did not need", () => {
    expect(learnedOf(aGuest(), { grant: debt }, NOW + 10_000).grant).toEqual(debt);
    expect(learnedOf(aGuest(), { grant: debt }, NOW + 10_001).grant).toBeUndefined();
  });

  it("is nothing after a reboot but what it was granted, which is still in flight", () => {
    const facts = aGuest({ facts: { bootSeenAtMs: NOW - 1_000 } });
    const memory = learnedOf(facts, { grant: debt, owed: debt, floorBytes: GIB });
    expect(memory).toMatchObject({ bootSeenAtMs: NOW - 1_000, grant: debt });
    expect(memory.owed).toBeUndefined();
    expect(memory.floorBytes).toBeUndefined();
  });

  it("is that an agent spoke, though it is silent now", () => {
    expect(learnedOf(aGuest({ report: null })).hadAgent).toBe(false);
    expect(learnedOf(aGuest()).hadAgent).toBe(true);
    expect(learnedOf(aGuest({ report: null }), { hadAgent: true }).hadAgent).toBe(true);
  });

  it("is memory taken back by deflate-on-oom as if the guest had demanded it now", () => {
    const before = newGuestMemory(0).progress;
    const reached = { ...before, targetBytes: 600 * MIB, actualBytes: 600 * MIB, atMs: NOW, reached: true };
    const facts = aGuest({ actualMib: 700, targetMib: 600 });
    expect(learnedOf(facts, { progress: reached }).motion).toEqual({ direction: "up", demandAtMs: NOW });
  });
});

describe("what a process holds beside its guest's memory", () => {
  const holding = (residentMib: number, targetMib: number) =>
    aGuest({
      maxMib: 8192,
      actualMib: 1024,
      targetMib,
      facts: { processMemory: { residentBytes: (residentMib - 100) * MIB, swappedBytes: 100 * MIB } },
    });

  it("is believed to be QEMU's own up to 1 GiB and a 64th of the guest's size", () => {
    const mostMib = 1024 + 8192 / 64;
    expect(learnedOf(holding(1024 + mostMib, 1024)).overheadBytes).toBe(mostMib * MIB);
    expect(learnedOf(holding(1024 + mostMib + 500, 1024)).overheadBytes).toBe(mostMib * MIB);
  });

  it("is not learned while the balloon is on its way", () => {
    expect(learnedOf(holding(1524, 1023)).overheadBytes).toBe(newGuestMemory(0).overheadBytes);
  });
});

describe("the estimate of a guest's hot cache", () => {
  /** Hot cache after a tick in which nothing was missed; 100 MiB before, of a cache of 200 MiB. */
  const hotMib = (actualMib: number, floorMib: number | undefined) => {
    const cache = {
      ...newGuestMemory(0).cache,
      hotBytes: 100 * MIB,
      cacheBytes: 200 * MIB,
      sampledAtMs: NOW - 2_000,
      missedPagesTotal: 0,
    };
    const floorBytes = floorMib === undefined ? undefined : floorMib * MIB;
    const facts = aGuest({ actualMib, cacheMib: 200 });
    return (learnedOf(facts, { cache, floorBytes }).cache.hotBytes ?? 0) / MIB;
  };

  it("is probed where the guest has no more than its floor and the dead band of 8 MiB", () => {
    expect(hotMib(608, 600)).toBeLessThan(100);
    expect(hotMib(609, 600)).toBe(100);
    expect(hotMib(600, undefined)).toBe(100);
  });

  it("stays what it was without a report", () => {
    const cache = { ...newGuestMemory(0).cache, hotBytes: 100 * MIB };
    expect(learnedOf(aGuest({ report: null }), { cache }).cache).toBe(cache);
  });

  it("is tried beside a guest that misses far more, unless that one has its floor and only reads back", () => {
    const probed = {
      ...newGuestMemory(0).cache,
      hotBytes: 100 * MIB,
      cacheBytes: 200 * MIB,
      sampledAtMs: NOW - 2_000,
      missedPagesTotal: 0,
      probedAtMs: NOW - 60_000,
      nextProbeAtMs: NOW + 60_000,
    };
    const missing = { ...newGuestMemory(0).cache, missesPerSecond: 5_000 };
    const quiet = {
      facts: aGuest({ actualMib: 600, cacheMib: 200 }),
      memory: { cache: probed, floorBytes: 600 * MIB },
    };
    const beside = (actualMib: number) => {
      const facts = aGuest({ name: "other", actualMib });
      const [first] = learned([quiet, { facts, memory: { cache: missing, floorBytes: 800 * MIB } }]);
      return (first?.cache.hotBytes ?? 0) / MIB;
    };
    expect(beside(700)).toBeLessThan(100);
    // Within the dead band of its floor it has it.
    expect(beside(792)).toBe(100);
    expect(beside(791)).toBeLessThan(100);
  });
});
