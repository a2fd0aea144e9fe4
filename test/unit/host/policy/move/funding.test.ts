import { describe, expect, it } from "vitest";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import type { GuestFacts } from "../../../../../host/src/model/guest.ts";
import type { IntentKind, Regime } from "../../../../../host/src/model/plan.ts";
import { keepLedger } from "../../../../../host/src/policy/budget/ledger.ts";
import { newGuestMemory } from "../../../../../host/src/policy/memory.ts";
import { fund, type Wish } from "../../../../../host/src/policy/move/funding.ts";
import { assess } from "../../../../../host/src/policy/need/assess.ts";
import { aGuest, aHost, NOW, settingsFor } from "../../../../fakes/facts.ts";

function wish(facts: GuestFacts, moreMib: number, kind: IntentKind, memory = newGuestMemory(0)): Wish {
  const guest = assess(facts, memory, settingsFor(0).tuning, NOW);
  return { guest, intent: { targetBytes: guest.targetBytes + moreMib * MIB, kind } };
}

/** Mebibytes that each one gets out of a budget. */
function paid(budgetMib: number, wishes: readonly Wish[], regime: Regime = "scarce"): number[] {
  const guests = wishes.map(({ guest }) => guest);
  const ledger = keepLedger(aHost(), guests, settingsFor(budgetMib), NOW, 0);
  const { funded } = fund(wishes, ledger, regime);
  return funded.map(({ guest, intent }) => (intent.targetBytes - guest.targetBytes) / MIB);
}

const half = (name: string, availableMib: number, growthMib = 0) =>
  aGuest({
    name,
    actualMib: 512,
    availableMib,
    report: { growthBytesPerSecond: growthMib * MIB },
  });

describe("what can be paid", () => {
  it("pays demands first, the guest that runs out soonest before the others", () => {
    const wishes = [
      wish(half("floor", 10), 100, "give-to-floor"),
      wish(half("roomy", 100, 50), 100, "pay-debt"),
      wish(half("failing", 60, 300), 100, "pay-debt"),
    ];
    expect(paid(3 * 512 + 166, wishes)).toEqual([0, 50, 100]);
  });

  it("pays floors before what is released, that before manual targets, and surplus last", () => {
    const kinds = ["give-surplus", "manual", "release", "give-to-floor", "follow-deflate"] as const;
    const wishes = kinds.map((kind) => wish(half(kind, 300), 100, kind));
    const reserveMib = 64;
    const paidKinds = [100, 200, 300, 400].map((leftMib) => {
      const gains = paid(5 * 512 + reserveMib + leftMib, wishes);
      return kinds.filter((_, i) => gains[i] === 100);
    });
    // A demand may draw on the reserve for emergencies: it is paid in any case.
    expect(paidKinds).toEqual([
      ["follow-deflate"],
      ["give-to-floor", "follow-deflate"],
      ["release", "give-to-floor", "follow-deflate"],
      ["manual", "release", "give-to-floor", "follow-deflate"],
    ]);
  });

  it("pays for missed hot cache out of the reserve for emergencies where floors do not fit: nobody draws on it", () => {
    const known = newGuestMemory(0);
    const cache = { ...known.cache, hotBytes: 100 * MIB, missing: true };
    const reader = (memory = known) => wish(half("reader", 32), 300, "give-to-floor", memory);
    const reserveMib = 64;
    // 48 MiB of the reserve are for guests in need; programs and cache lack more.
    expect(paid(512 + reserveMib, [reader({ ...known, cache })], "critical")).toEqual([48]);
    expect(paid(512 + reserveMib, [reader({ ...known, cache })], "scarce")).toEqual([48]);
    expect(paid(512 + reserveMib, [reader({ ...known, cache })], "tight")).toEqual([0]);
    expect(paid(512 + reserveMib, [reader()], "critical")).toEqual([0]);
    // Nothing of headroom: 480 MiB in use, 16 to demand in time and 30 of cache are 14 more than the guest has.
    const little = { ...cache, hotBytes: 30 * MIB };
    expect(paid(512 + reserveMib, [reader({ ...known, cache: little })], "critical")).toEqual([14]);
  });

  it("compares guests that do not grow as if they grew by 1 MiB a second", () => {
    const rests = wish(half("rests", 60), 100, "pay-debt");
    const grows = wish(half("grows", 80, 1.5), 100, "pay-debt");
    // 60 s are left to one, 53 s to the other.
    expect(paid(2 * 512 + 64 + 52, [rests, grows])).toEqual([0, 100]);
    const growsLess = wish(half("growsLess", 61, 0.6), 100, "pay-debt");
    expect(paid(2 * 512 + 64 + 52, [rests, growsLess])).toEqual([100, 0]);
  });

  it("leaves surplus in the band in which nothing moves, for a guest that has what it wants", () => {
    const spare = wish(half("spare", 500), 100, "give-surplus");
    // 64 MiB are the reserve, 15 % of the budget stay unpaid.
    const leastMib = (512 + 64 + 100) / 0.85;
    expect(paid(Math.ceil(leastMib), [spare])).toEqual([100]);
    expect(paid(Math.floor(leastMib), [spare])).toEqual([0]);
  });

  it("pays in the guests' order where no guest demanded", () => {
    const wishes = [wish(half("a", 100), 100, "give-to-floor"), wish(half("b", 10), 100, "give-to-floor")];
    expect(paid(2 * 512 + 64 + 100, wishes)[0]).toBe(100);
  });

  it("pays surplus all or nothing, or giving would never end", () => {
    const spare = wish(half("spare", 500), 300, "give-surplus");
    expect(paid(1400, [spare])).toEqual([300]);
    expect(paid(1000, [spare])).toEqual([0]);
  });
});
