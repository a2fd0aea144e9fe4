import { describe, expect, it } from "vitest";
import { GIB } from "../../../../../host/src/model/bytes.ts";
import type { KsmSnapshot } from "../../../../../host/src/model/ksm.ts";
import { cpuBudget, ksmUrgency } from "../../../../../host/src/policy/ksm/urgency.ts";
import { aKsmSnapshot, ksmSettings, saving } from "../../../../fakes/ksm-facts.ts";

const TOTAL = 100 * GIB;
const host = (availableGib: number, more: Partial<KsmSnapshot["host"]> = {}) => ({
  host: { totalBytes: TOTAL, availableBytes: availableGib * GIB, ...more },
});
const ledger = (chargedGib: number, regime: "ample" | "tight" | "scarce" | "critical" = "ample") => ({
  ledger: { budgetBytes: 100 * GIB, reserveBytes: 5 * GIB, chargedBytes: chargedGib * GIB, regime },
});

describe("memory pressure", () => {
  it.each([
    [50, 0],
    [30, 0],
    [20, 0.5],
    [10, 1],
    [2, 1],
  ])("with %i %% of the host available is %f", (availableGib, urgency) => {
    expect(ksmUrgency(aKsmSnapshot(host(availableGib)))).toBeCloseTo(urgency);
  });

  it("does not fall because KSM worked: savings count as if they were in use", () => {
    const snapshot = aKsmSnapshot({ ...host(35), reading: saving(15 * GIB) });
    expect(ksmUrgency(snapshot)).toBeCloseTo(0.5);
    const inLedger = aKsmSnapshot({ ...host(90), ...ledger(60), reading: saving(15 * GIB) });
    expect(ksmUrgency(inLedger)).toBeCloseTo(0.5);
  });

  it("begins in the budget's ledger well before balloons move", () => {
    expect(ksmUrgency(aKsmSnapshot({ ...host(90), ...ledger(60) }))).toBe(0);
    expect(ksmUrgency(aKsmSnapshot({ ...host(90), ...ledger(75) }))).toBeCloseTo(0.5);
  });

  it("follows stalls for memory, and the regime that the balloons are in", () => {
    expect(ksmUrgency(aKsmSnapshot(host(90, { memoryStallPercent: 4 })))).toBeCloseTo(0.4);
    const inRegime = (regime: "tight" | "scarce" | "critical") =>
      ksmUrgency(aKsmSnapshot({ ...host(90), ...ledger(0, regime) }));
    // Before guests lose much of what they use, what KSM can save is worth most of its budget.
    expect([inRegime("tight"), inRegime("scarce"), inRegime("critical")]).toEqual([0.4, 0.8, 1]);
  });
});

describe("the share of a processor for ksmd", () => {
  const share = (urgency: number, more: Partial<KsmSnapshot> = {}) =>
    cpuBudget(urgency, aKsmSnapshot(more), ksmSettings());

  it("grows with urgency from the least to the most", () => {
    expect([0, 0.5, 1].map((urgency) => share(urgency))).toEqual([0.01, 0.255, 0.5]);
  });

  it("shrinks where processors are fought over, to a fifth", () => {
    expect(share(1, host(50, { cpuStallPercent: 20 }))).toBeCloseTo(0.5);
    expect(share(1, host(50, { cpuStallPercent: 50 }))).toBeCloseTo(0.25);
    expect(share(1, host(50, { cpuStallPercent: 95 }))).toBeCloseTo(0.1);
  });

  it("stays whole where memory is critical", () => {
    const critical = { ...host(50, { cpuStallPercent: 95 }), ...ledger(0, "critical") };
    expect(share(1, critical)).toBeCloseTo(0.5);
  });
});
