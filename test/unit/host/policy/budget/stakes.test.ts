import { describe, expect, it } from "vitest";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import type { PolicySettings } from "../../../../../host/src/model/settings.ts";
import { chargeOf, keepLedger } from "../../../../../host/src/policy/budget/ledger.ts";
import { StakesTable } from "../../../../../host/src/policy/budget/stakes.ts";
import { newGuestMemory } from "../../../../../host/src/policy/memory.ts";
import { assess, type GuestNeed } from "../../../../../host/src/policy/need/assess.ts";
import { aGuest, aHost, NOW, settingsFor } from "../../../../fakes/facts.ts";

const STRICT = settingsFor(4096);
const RESIDENT = settingsFor(4096, { accounting: "resident" });

function need(name: string, targetMib: number, residentMib?: number): GuestNeed {
  const processMemory = residentMib !== undefined && {
    processMemory: { processId: 1, residentBytes: residentMib * MIB, swappedBytes: 3 * MIB },
  };
  const facts = aGuest({ name, actualMib: 500, targetMib, facts: { ...processMemory } });
  return assess(facts, newGuestMemory(0), STRICT.tuning, NOW);
}

/** A ledger's figures and the charges of its guests. */
function figures(
  guests: readonly GuestNeed[],
  settings: PolicySettings,
  { savedMib = 0, nowMs = NOW, table }: { savedMib?: number; nowMs?: number; table?: StakesTable },
) {
  const ksm = { run: 1, pagesShared: 1, pagesSharing: 1, savedBytes: savedMib * MIB };
  const ledger = keepLedger(aHost({ ksm }), guests, settings, nowMs, 0, Number.POSITIVE_INFINITY, 0, table);
  return { ...ledger, charges: guests.map((_, place) => chargeOf(ledger, place)) };
}

describe("a table of stakes", () => {
  const guests = [need("a", 500, 300), need("b", 600, 480), need("c", 700)];

  it.each([
    ["another target", [need("a", 800, 300), ...guests.slice(1)], STRICT, {}],
    ["another process", [guests[0], need("b", 600, 200), guests[2]] as GuestNeed[], RESIDENT, {}],
    ["a guest more", [...guests, need("d", 500, 100)], RESIDENT, {}],
    ["a guest fewer", guests.slice(1), RESIDENT, {}],
    ["other accounting", guests, STRICT, {}],
    ["copies that KSM saves", guests, RESIDENT, { savedMib: 200 }],
    ["another time", guests, RESIDENT, { nowMs: NOW + 60_000 }],
  ])("gives with %s what a new one gives", (_, others, settings, scene) => {
    const table = new StakesTable();
    figures(guests, RESIDENT, { table });
    expect(figures(others, settings, { ...scene, table })).toEqual(figures(others, settings, scene));
  });

  it("reads no guest again that is as it was", () => {
    let reads = 0;
    const watched = guests.map(
      (guest) =>
        new Proxy(guest, {
          get: (target, field, receiver) => {
            reads += 1;
            return Reflect.get(target, field, receiver);
          },
        }),
    );
    const table = new StakesTable();
    figures(watched, STRICT, { table });
    reads = 0;
    figures([...watched.slice(0, 2), need("c", 500)], STRICT, { table });
    expect(reads).toBe(0);
  });
});
