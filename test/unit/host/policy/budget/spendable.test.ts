import { describe, expect, it } from "vitest";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import type { HostFacts } from "../../../../../host/src/model/host.ts";
import { keepLedger } from "../../../../../host/src/policy/budget/ledger.ts";
import { spendable } from "../../../../../host/src/policy/budget/spendable.ts";
import { newGuestMemory } from "../../../../../host/src/policy/memory.ts";
import { assess } from "../../../../../host/src/policy/need/assess.ts";
import { aGuest, aHost, NOW, settingsFor } from "../../../../fakes/facts.ts";

/** What may be promised beside one guest that holds 300 of its 1024 MiB, in MiB; the reserve is 64. */
function promised(budgetMib: number, host: Partial<HostFacts> = {}) {
  const settings = settingsFor(budgetMib, { accounting: "resident" });
  const facts = aGuest({
    report: { touchBytesPerSecond: 20 * MIB },
    facts: { processMemory: { residentBytes: 300 * MIB, swappedBytes: 0 } },
  });
  const guests = [assess(facts, { ...newGuestMemory(0), overheadBytes: 0 }, settings.tuning, NOW)];
  const { freeBytes, forNeedBytes, forCriticalBytes } = spendable(
    keepLedger(aHost(host), guests, settings, NOW, 0),
  );
  return [freeBytes, forNeedBytes, forCriticalBytes].map((bytes) => bytes / MIB);
}

describe("what may be promised now", () => {
  it("is to anyone what is free, to a guest in need three quarters of the reserve as well, to one that would fail what others might draw too", () => {
    // 300 MiB are held, and 64 are kept for what the guest might draw.
    expect(promised(1000)).toEqual([572, 572 + 48, 572 + 48 + 64]);
  });

  it("is for those in need alone while nothing is free", () => {
    expect(promised(300 + 64 + 64 - 10)).toEqual([0, 38, 102]);
    expect(promised(300)).toEqual([0, 0, 0]);
  });

  it("is no more than the host has beside its own part of the reserve", () => {
    expect(promised(4000, { availableBytes: 100 * MIB })).toEqual([36, 84, 84]);
  });

  it("is nothing of what KSM saves where taking could not make up for it", () => {
    const ksm = { run: 1, pagesShared: 1, pagesSharing: 1, savedBytes: 100 * MIB, zeroBytes: 100 * MIB };
    expect(promised(1000, { ksm })).toEqual([472, 520, 584]);
  });
});
