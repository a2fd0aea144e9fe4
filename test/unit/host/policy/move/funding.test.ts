import { describe, expect, it } from "vitest";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import type { GuestFacts } from "../../../../../host/src/model/guest.ts";
import type { Reason } from "../../../../../host/src/model/plan.ts";
import { keepLedger } from "../../../../../host/src/policy/budget/ledger.ts";
import { newGuestMemory } from "../../../../../host/src/policy/memory.ts";
import { type Funded, fund } from "../../../../../host/src/policy/move/funding.ts";
import { assess } from "../../../../../host/src/policy/need/assess.ts";
import { aGuest, aHost, NOW, settingsFor } from "../../../../fakes/facts.ts";

function wish(facts: GuestFacts, moreMib: number, reason: Reason): Funded {
  const guest = assess(facts, newGuestMemory(0), settingsFor(0).tuning, NOW);
  return { guest, intent: { targetBytes: guest.targetBytes + moreMib * MIB, reason } };
}

/** Mebibytes that each one gets out of a budget. */
function paid(budgetMib: number, wishes: readonly Funded[]): number[] {
  const guests = wishes.map(({ guest }) => guest);
  const ledger = keepLedger(aHost(), guests, settingsFor(budgetMib), NOW, 0);
  const { funded } = fund(wishes, ledger);
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
  it("goes to calls first, and among them to whom what is left lasts shortest", () => {
    const wishes = [
      wish(half("floor", 10), 100, "give-to-floor"),
      wish(half("roomy", 100, 50), 100, "demand"),
      wish(half("failing", 60, 300), 100, "demand"),
    ];
    expect(paid(3 * 512 + 166, wishes)).toEqual([0, 50, 100]);
  });

  it("goes in the guests' order where nobody called", () => {
    const wishes = [wish(half("a", 100), 100, "give-to-floor"), wish(half("b", 10), 100, "give-to-floor")];
    expect(paid(2 * 512 + 64 + 100, wishes)[0]).toBe(100);
  });

  it("goes whole or not at all to whom does not need it, or giving would never end", () => {
    const spare = wish(half("spare", 500), 300, "give-back");
    expect(paid(1400, [spare])).toEqual([300]);
    expect(paid(1000, [spare])).toEqual([0]);
  });
});
