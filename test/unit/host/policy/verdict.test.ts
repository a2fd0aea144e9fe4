import { describe, expect, it } from "vitest";
import { MIB } from "../../../../host/src/model/bytes.ts";
import type { GuestFacts } from "../../../../host/src/model/guest.ts";
import { DEFAULT_TUNING } from "../../../../host/src/model/settings.ts";
import { type GuestMemory, newGuestMemory } from "../../../../host/src/policy/memory.ts";
import type { Intent } from "../../../../host/src/policy/move/intent.ts";
import { assess } from "../../../../host/src/policy/need/assess.ts";
import { type VerdictScene, verdictOf } from "../../../../host/src/policy/verdict.ts";
import { aGuest, NOW } from "../../../fakes/facts.ts";

const SCENE: VerdictScene = { mode: "act", nowMs: NOW, leastBytes: 300 * MIB };
const STEADY: Intent = { kind: "steady", targetBytes: 600 * MIB };

interface Given {
  readonly facts?: GuestFacts;
  readonly intent?: Intent;
  readonly unpaidMib?: number;
  readonly scene?: Partial<VerdictScene>;
  readonly known?: Partial<GuestMemory>;
}

function verdict({ facts = SETTLED, intent = STEADY, unpaidMib = 0, scene, known }: Given = {}) {
  const guest = assess(facts, { ...newGuestMemory(0), ...known }, DEFAULT_TUNING, NOW);
  const entitlement = { giveBytes: 700 * MIB, takeBytes: 650 * MIB };
  const charge = { chargeBytes: 364 * MIB, exposureBytes: 300 * MIB };
  const funded = { guest, intent, unpaidBytes: unpaidMib * MIB };
  return verdictOf(funded, entitlement, charge, { ...SCENE, ...scene });
}

const SETTLED = aGuest({ actualMib: 600, targetMib: 600, availableMib: 400 });

describe("a verdict", () => {
  it("tells every figure that led to the target", () => {
    expect(verdict()).toMatchObject({
      ...{ name: "g1", source: "agent", kind: "steady", reason: "steady", pressure: "none" },
      ...{ actualBytes: 600 * MIB, targetBytes: 600 * MIB, usedBytes: 200 * MIB, availableBytes: 400 * MIB },
      ...{ headroomBytes: 64 * MIB, vitalBytes: 264 * MIB, floorBytes: 264 * MIB, leastBytes: 300 * MIB },
      ...{ deadBandBytes: 8 * MIB, chargeBytes: 364 * MIB, exposureBytes: 300 * MIB, inFlightBytes: 0 },
      ...{ entitledBytes: 650 * MIB, giveBytes: 700 * MIB },
    });
  });

  it("leaves out what is not known, instead of saying zero", () => {
    const silent = aGuest({ report: null, facts: { inhibitions: ["unreachable"] } });
    const { balloon: _unknown, ...unseen } = silent;
    const told = verdict({ facts: unseen });
    for (const key of [
      "actualBytes",
      "targetBytes",
      "usedBytes",
      "availableBytes",
      "floorBytes",
      "owedBytes",
    ])
      expect(told).not.toHaveProperty(key);
  });

  it("tells of doubt and of a system's needs only where there are any", () => {
    expect(verdict()).not.toHaveProperty("doubtedBytes");
    expect(verdict()).not.toHaveProperty("systemBytes");
    const processMemory = { residentBytes: 100 * MIB, swappedBytes: 0 };
    const liar = aGuest({ actualMib: 600, availableMib: 0, facts: { processMemory } });
    expect(verdict({ facts: liar }).doubtedBytes).toBe((600 - 100 - 64) * MIB);
  });

  it("says what could not be paid, and what it was wanted for", () => {
    const intent = { kind: "give-to-floor", targetBytes: 620 * MIB } as const;
    expect(verdict({ intent, unpaidMib: 30 })).toMatchObject({
      ...{ kind: "give-to-floor", reason: "host-short", detail: "wanted by give-to-floor" },
    });
    const demand = { kind: "pay-debt", targetBytes: 620 * MIB } as const;
    expect(verdict({ intent: demand, unpaidMib: 30 }).reason).toBe("demand-partial");
  });

  it("says what is owed and what is in flight", () => {
    const known = {
      owed: { bytes: 50 * MIB, atMs: NOW },
      grant: { bytes: 70 * MIB, atMs: NOW - 1_000 },
    };
    expect(verdict({ known })).toMatchObject({ owedBytes: 50 * MIB, inFlightBytes: 70 * MIB });
  });

  it("says in observe mode what would be done, where something would", () => {
    const intent = { kind: "take-idle", targetBytes: 550 * MIB } as const;
    expect(verdict({ intent, scene: { mode: "observe" } })).toMatchObject({
      ...{ reason: "observe-only", detail: "would be take-idle" },
    });
    expect(verdict({ scene: { mode: "observe" } }).reason).toBe("steady");
  });

  it("names what keeps the balloon from moving", () => {
    const facts = { ...SETTLED, inhibitions: ["vfio", "backup"] as const };
    const inhibited = { kind: "inhibited", targetBytes: 600 * MIB, detail: "vfio, backup" } as const;
    expect(verdict({ facts, intent: inhibited })).toMatchObject({
      inhibition: "vfio",
      detail: "vfio, backup",
    });
    const booting = { kind: "booting", targetBytes: 600 * MIB } as const;
    expect(verdict({ intent: booting })).toMatchObject({ inhibition: "booting", reason: "inhibited" });
    expect(verdict()).not.toHaveProperty("inhibition");
  });
});
