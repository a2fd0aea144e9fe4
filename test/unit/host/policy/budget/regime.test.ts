import { describe, expect, it } from "vitest";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import type { GuestFacts } from "../../../../../host/src/model/guest.ts";
import type { HostFacts } from "../../../../../host/src/model/host.ts";
import type { Regime } from "../../../../../host/src/model/plan.ts";
import { keepLedger } from "../../../../../host/src/policy/budget/ledger.ts";
import { judgeRegime } from "../../../../../host/src/policy/budget/regime.ts";
import { newGuestMemory } from "../../../../../host/src/policy/memory.ts";
import { assess } from "../../../../../host/src/policy/need/assess.ts";
import { aGuest, aHost, NOW, settingsFor } from "../../../../fakes/facts.ts";

/** One guest of 1024 MiB under strict accounting with a reserve of 64 MiB. */
function judge(
  budgetMib: number,
  override: Partial<HostFacts> = {},
  before: Regime = "ample",
  sinceMs = NOW,
  aheadMib = 0,
) {
  const settings = settingsFor(budgetMib);
  const host = aHost(override);
  const guests = [assess(aGuest({ availableMib: 800 }), newGuestMemory(0), settings.tuning, NOW)];
  const ledger = keepLedger(host, guests, settings, NOW, 0);
  return judgeRegime(host, ledger, guests, aheadMib * MIB, { regime: before, sinceMs }, NOW).regime;
}

describe("the host's regime", () => {
  it.each<[number, Regime]>([
    [2000, "ample"],
    [1180, "tight"],
    [1100, "scarce"],
    // 2 % are free: less than one guest may draw before the next tick.
    [1110, "scarce"],
    [150, "critical"],
  ])("with a budget of %i MiB for a guest of 1024 MiB is %s", (budgetMib, regime) => {
    expect(judge(budgetMib)).toBe(regime);
  });

  it("follows the host's memory stalls even when the budget is roomy", () => {
    expect(judge(4096, { psiSomeAvg10: 6 })).toBe("tight");
    expect(judge(4096, { psiSomeAvg10: 10 })).toBe("tight");
    expect(judge(4096, { psiSomeAvg10: 20 })).toBe("scarce");
  });

  it("is tight when the host's swap runs full", () => {
    expect(judge(4096, { swapTotalBytes: 1000, swapFreeBytes: 50 })).toBe("tight");
    // Guests that are swapped out still have somewhere to go.
    expect(judge(4096, { swapTotalBytes: 1000, swapFreeBytes: 150 })).toBe("ample");
  });

  it("is critical when the host itself has next to nothing, whatever the budget says", () => {
    expect(judge(4096, { availableBytes: 16 * MIB })).toBe("critical");
  });

  it("is tight for room that a forecast wants free, and scarce for none of it", () => {
    const forecast = { useBytes: 900 * MIB, pattern: "daily", hoursSeen: 5 } as const;
    const processMemory = { residentBytes: 300 * MIB, swappedBytes: 0 };
    const judgeReady = (facts: Partial<GuestFacts>, forecastBytes?: number) => {
      const settings = settingsFor(1650, { accounting: "resident" });
      const guest = aGuest({ availableMib: 900, facts: { processMemory, ...facts } });
      const need = assess(guest, newGuestMemory(0), settings.tuning, NOW);
      const ledger = keepLedger(aHost(), [need], settings, NOW, 0);
      const seen = { ...ledger, ...(forecastBytes !== undefined && { forecastBytes }) };
      return judgeRegime(aHost(), seen, [need], 0, { regime: "ample", sinceMs: NOW }, NOW).regime;
    };
    expect(judgeReady({})).toBe("ample");
    expect(judgeReady({ forecast })).toBe("tight");
    expect(judgeReady({ forecast }, 4096 * MIB)).toBe("tight");
  });

  it("gets worse at once and better only after it stayed better for a while", () => {
    expect(judge(1100, {}, "ample")).toBe("scarce");
    expect(judge(4096, {}, "scarce", NOW - 1_000)).toBe("scarce");
    expect(judge(4096, {}, "scarce", NOW - 9_000)).toBe("scarce");
    expect(judge(4096, {}, "scarce", NOW - 11_000)).toBe("ample");
  });

  it("does not flap at a threshold", () => {
    // 10 % free would be ample coming from there, and is still tight coming from tight.
    expect(judge(1230, {}, "ample")).toBe("ample");
    expect(judge(1230, {}, "tight", NOW - 60_000)).toBe("tight");
    expect(judge(1251, {}, "tight", NOW - 60_000)).toBe("tight");
    // With 17 % free it is left: more would keep memory from guests for nothing.
    expect(judge(1311, {}, "tight", NOW - 60_000)).toBe("ample");
  });

  it("is critical when not all floors fit, as far as the host sees the growth in them", () => {
    const settings = settingsFor(1000);
    const of = (seenFloorMib: number) => {
      const guest = assess(aGuest({ availableMib: 124 }), newGuestMemory(0), settings.tuning, NOW);
      const guests = [{ ...guest, seenFloorBytes: seenFloorMib * MIB }];
      const ledger = keepLedger(aHost(), guests, settings, NOW, 0);
      return judgeRegime(aHost(), ledger, guests, 0, { regime: "ample", sinceMs: NOW }, NOW).regime;
    };
    expect(of(1000)).toBe("critical");
    expect(of(900)).toBe("scarce");
  });

  it("counts what guests draw just now as gone already", () => {
    expect(judge(2000, {}, "ample", NOW, 800)).toBe("tight");
    expect(judge(2000, {}, "ample", NOW, 900)).toBe("scarce");
  });

  it("is tight while guests could take far more unasked than there is, however much is free", () => {
    const settings = settingsFor(8192, { accounting: "resident" });
    const processMemory = { residentBytes: 300 * MIB, swappedBytes: 0 };
    const of = (maxMib: number) => {
      const facts = aGuest({ maxMib, availableMib: maxMib - 250, facts: { processMemory } });
      const guests = [assess(facts, newGuestMemory(0), settings.tuning, NOW)];
      const ledger = keepLedger(aHost(), guests, settings, NOW, 0);
      return judgeRegime(aHost(), ledger, guests, 0, { regime: "ample", sinceMs: NOW }, NOW).regime;
    };
    expect(of(16_384)).toBe("ample");
    expect(of(24_576)).toBe("tight");
  });
});
