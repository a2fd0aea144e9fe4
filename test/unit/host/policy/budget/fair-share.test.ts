import { describe, expect, it } from "vitest";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import { fairBytesPerShare } from "../../../../../host/src/policy/budget/fair-share.ts";
import { keepLedger } from "../../../../../host/src/policy/budget/ledger.ts";
import { newGuestMemory } from "../../../../../host/src/policy/memory.ts";
import { assess } from "../../../../../host/src/policy/need/assess.ts";
import { aGuest, aHost, NOW, settingsFor } from "../../../../fakes/facts.ts";

function fairMib(shares: readonly number[], ofShares: number): number {
  const settings = settingsFor(4000);
  const guests = shares.map((each, i) =>
    assess(aGuest({ name: `g${i}`, shares: each }), newGuestMemory(0), settings.tuning, NOW),
  );
  return (ofShares * fairBytesPerShare(keepLedger(aHost(), guests, settings, NOW, 0), guests)) / MIB;
}

describe("a fair share", () => {
  it("is the part of the budget that a guest's shares come to among all", () => {
    expect(fairMib([1000, 3000], 1000)).toBeCloseTo(1000);
    expect(fairMib([1000, 3000], 3000)).toBeCloseTo(3000);
  });

  it("is the whole budget of the only guest, and is told where no guest has shares", () => {
    expect(fairMib([500], 500)).toBeCloseTo(4000);
    expect(fairMib([0], 0)).toBe(0);
  });
});
