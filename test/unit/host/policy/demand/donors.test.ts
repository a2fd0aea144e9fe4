import { describe, expect, it } from "vitest";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import type { GuestFacts } from "../../../../../host/src/model/guest.ts";
import { keepLedger } from "../../../../../host/src/policy/budget/ledger.ts";
import { donate, type FailingNeed } from "../../../../../host/src/policy/demand/donors.ts";
import { newGuestMemory } from "../../../../../host/src/policy/memory.ts";
import { assess } from "../../../../../host/src/policy/need/assess.ts";
import { takingScene } from "../../../../../host/src/policy/share/protection.ts";
import { aGuest, aHost, type GuestShape, NOW, settingsFor } from "../../../../fakes/facts.ts";

const CALM: FailingNeed = { bytes: 0, isCredible: true };

/** What is taken from each donor, in MiB by name, when so much is missing. */
function taken(donors: readonly GuestFacts[], missingMib: number, failing = CALM): Record<string, number> {
  const settings = settingsFor(40_000);
  const facts = [aGuest({ name: "asking", actualMib: 300, availableMib: 5 }), ...donors];
  const guests = facts.map((each) =>
    assess(each, { ...newGuestMemory(0), overheadBytes: 0 }, settings.tuning, NOW),
  );
  const [asking] = guests;
  if (asking === undefined) throw new Error("no guest");
  const ledger = keepLedger(aHost(), guests, settings, NOW, 0);
  const scene = takingScene(ledger, guests, "scarce", settings, NOW);
  const moves = donate(asking, guests, missingMib * MIB, failing, scene);
  return Object.fromEntries(moves.map(({ name, fromBytes, toBytes }) => [name, (fromBytes - toBytes) / MIB]));
}

/** Has so much above its floor. */
function idle(name: string, idleMib: number, shape: GuestShape = {}): GuestFacts {
  return aGuest({ name, actualMib: 900, targetMib: 900, availableMib: 64 + idleMib, ...shape });
}

/** Thirty guests with 100 MiB above their floors. */
const HERD = Array.from({ length: 30 }, (_, i) => idle(`g${i}`, 100));

describe("a demand's donors", () => {
  it("give together what is missing, each in proportion to what lies idle in it", () => {
    const given = taken([idle("a", 300), idle("b", 100)], 200);
    expect(given).toEqual({ a: 150, b: 50 });
  });

  it("give less where they have more shares", () => {
    const given = taken([idle("a", 200), idle("b", 200, { shares: 3000 })], 120);
    expect(given).toEqual({ a: 90, b: 30 });
  });

  it("together have twice what is missing, so that each keeps half of what it has to spare", () => {
    const given = taken(HERD, 300);
    expect(Object.values(given)).toEqual(Array(6).fill(50));
  });

  it("are four at least: one alone would lose all that it has to spare", () => {
    expect(Object.keys(taken(HERD, 20))).toHaveLength(4);
  });

  it("are sixteen at most: a demand does not move every balloon of a large host", () => {
    expect(Object.values(taken(HERD, 1600))).toEqual(Array(16).fill(100));
  });

  it("are never taken below their floors while the guest that demands is not failing", () => {
    expect(taken([idle("a", 40), idle("b", 0)], 300)).toEqual({ a: 40 });
  });

  it("give of their room to grow, and no more than it must have, where it is failing", () => {
    const given = taken([idle("a", 0), idle("b", 0)], 300, { bytes: 40 * MIB, isCredible: true });
    expect(given).toEqual({ a: 20, b: 20 });
  });

  it("give nothing of floors within their fair share to a failing guest that is not believed", () => {
    expect(taken([idle("a", 0)], 300, { bytes: 40 * MIB, isCredible: false })).toEqual({});
  });

  it("are no guests that are excluded, held by hand, moved by another program or protected", () => {
    const manual = { targetBytes: 900 * MIB, sinceMs: NOW };
    const otherController = { sinceMs: NOW, sizeBytes: 900 * MIB };
    const others = [
      idle("excluded", 200, { shares: 0 }),
      idle("manual", 200, { facts: { manual } }),
      idle("foreign", 200, { facts: { otherController } }),
      idle("pressed", 200, { report: { pressure: "low" } }),
      idle("inhibited", 200, { facts: { inhibitions: ["migrating"] } }),
    ];
    expect(taken(others, 100)).toEqual({});
  });
});
