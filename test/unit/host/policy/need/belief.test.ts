import { describe, expect, it } from "vitest";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import type { GuestFacts } from "../../../../../host/src/model/guest.ts";
import { newGuestMemory } from "../../../../../host/src/policy/memory.ts";
import { believe, untouchedBytes, wasContradicted } from "../../../../../host/src/policy/need/belief.ts";
import { aGuest, NOW } from "../../../../fakes/facts.ts";

function doubted(claimedMib: number, facts: Partial<GuestFacts>): number {
  const guest = aGuest({ maxMib: 4096, facts });
  if (guest.report === undefined) throw new Error("no report");
  return believe(guest, claimedMib * MIB, NOW).doubtedBytes / MIB;
}

describe("a guest's word", () => {
  it("is believed where the host knows nothing to the contrary", () => {
    expect(doubted(4000, {})).toBe(0);
  });

  it("is not believed beyond what its process holds, watermarks aside", () => {
    const processMemory = { residentBytes: 1000 * MIB, swappedBytes: 200 * MIB };
    expect(doubted(1300, { processMemory })).toBe(0);
    expect(Math.round(doubted(4000, { processMemory }))).toBe(Math.round(4000 - 1200 - 4096 * 0.04));
  });

  it("of a small guest is believed 64 MiB beyond what its process holds", () => {
    const processMemory = { residentBytes: 300 * MIB, swappedBytes: 0 };
    const small = aGuest({ maxMib: 512, facts: { processMemory } });
    const doubtedMib = (claimedMib: number) => believe(small, claimedMib * MIB, NOW).doubtedBytes / MIB;
    expect(doubtedMib(364)).toBe(0);
    expect(doubtedMib(365)).toBe(1);
  });

  it("counts for nothing against doubt for a minute after its driver contradicted it", () => {
    const caught = { ...newGuestMemory(0), contradictedAtMs: NOW };
    expect(wasContradicted(caught, NOW + 59_999)).toBe(true);
    expect(wasContradicted(caught, NOW + 60_000)).toBe(false);
    expect(wasContradicted(newGuestMemory(0), NOW)).toBe(false);
    const facts = aGuest({ facts: { processMemory: { residentBytes: 300 * MIB, swappedBytes: 0 } } });
    const said = (wasCaught: boolean) => believe(facts, 900 * MIB, NOW, wasCaught).saidBytes / MIB;
    expect(said(false)).toBe(900);
    expect(said(true)).toBe(364);
  });

  it("is believed in whole bytes", () => {
    const guest = aGuest({
      maxMib: 4097,
      facts: { processMemory: { residentBytes: 1000 * MIB, swappedBytes: 0 } },
    });
    if (guest.report === undefined) throw new Error("no report");
    const { usedBytes, doubtedBytes } = believe(guest, 4000 * MIB, NOW);
    expect(Number.isInteger(usedBytes)).toBe(true);
    expect(usedBytes + doubtedBytes).toBe(4000 * MIB);
  });

  it("is not believed against its own balloon driver's answer since the last change, but against an older one", () => {
    const stats = { availableBytes: 3000 * MIB, updatedAtMs: NOW };
    expect(doubted(4000, { stats })).toBeGreaterThan(2700);
    expect(doubted(4000, { stats: { ...stats, updatedAtMs: NOW - 1 } })).toBe(0);
  });

  it("shows what the guest was given and never touched", () => {
    const guest = aGuest({ facts: { processMemory: { residentBytes: 300 * MIB, swappedBytes: 0 } } });
    expect(untouchedBytes(guest, 1024 * MIB, 64 * MIB)).toBe(788 * MIB);
    expect(untouchedBytes(aGuest(), 1024 * MIB, 64 * MIB)).toBe(0);
  });
});
