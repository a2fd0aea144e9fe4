import { describe, expect, it } from "vitest";
import { GIB, MIB } from "../../../../host/src/model/bytes.ts";
import type { GuestFacts } from "../../../../host/src/model/guest.ts";
import { decide } from "../../../../host/src/policy/decide.ts";
import { emptyMemory, newGuestMemory } from "../../../../host/src/policy/memory.ts";
import { aGuest, aHost, NOW, settingsFor } from "../../../fakes/facts.ts";

function charged(facts: GuestFacts, memory = newGuestMemory(0)): number {
  const before = { ...emptyMemory(), guests: new Map([["g1", memory]]) };
  const settings = settingsFor(8192, { accounting: "resident" });
  return decide({ nowMs: NOW, host: aHost(), guests: [facts] }, before, settings).plan.ledger.chargedBytes;
}

describe("of a guest that is seen for the first time", () => {
  const first = newGuestMemory(NOW);

  it("nothing is held against it", () => {
    expect(first).toMatchObject({ bootSeenAtMs: NOW, hadAgent: false, motion: {} });
    expect([first.doubtedAtMs, first.contradictedAtMs, first.grant, first.owed]).toEqual(
      Array(4).fill(undefined),
    );
  });

  it("a first taking moves no more than a slow driver inflates until the next look: 256 MiB a second", () => {
    const idle = aGuest({ maxMib: 8192, availableMib: 7000 });
    const { plan } = decide({ nowMs: NOW, host: aHost(), guests: [idle] }, emptyMemory(), settingsFor(6000));
    expect(plan.regime).toBe("scarce");
    expect(plan.moves[0]?.toBytes).toBe((8192 - 256) * MIB);
  });

  it("128 MiB of its process are taken to be QEMU's own, and may be drawn on top of its size", () => {
    const report = { touchBytesPerSecond: GIB };
    const full = aGuest({ report, facts: { processMemory: { residentBytes: 1024 * MIB, swappedBytes: 0 } } });
    expect(charged(full)).toBe((1024 + 128) * MIB);
  });
});

describe("before the first decision", () => {
  it("memory is taken to be ample, and nobody was seen or has demanded", () => {
    const memory = emptyMemory();
    expect(memory.regime).toBe("ample");
    expect(memory.guests.size).toBe(0);
    expect(memory.bursts.peakBytes).toBe(0);
  });
});

describe("a grant", () => {
  it("stays charged for ten seconds: a program that demanded it has drawn it by then", () => {
    const processMemory = { residentBytes: 300 * MIB, swappedBytes: 0 };
    const guest = aGuest({ report: { touchBytesPerSecond: 20 * MIB }, facts: { processMemory } });
    const granted = (agoMs: number) =>
      charged(guest, {
        ...newGuestMemory(0),
        overheadBytes: 0,
        grant: { bytes: 400 * MIB, atMs: NOW - agoMs },
      });
    expect(granted(9_900)).toBe((300 + 400) * MIB);
    expect(granted(10_100)).toBe((300 + 64) * MIB);
  });
});
