import { describe, expect, it } from "vitest";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import type { KsmSnapshot } from "../../../../../host/src/model/ksm.ts";
import { FRESH_EFFORT } from "../../../../../host/src/policy/ksm/effort.ts";
import { advancePhase, FRESH_PHASE, type PhaseMemory } from "../../../../../host/src/policy/ksm/phase.ts";
import { aKsmGuest, aKsmSnapshot, aReading, KSM_NOW_MS, PAGE_BYTES } from "../../../../fakes/ksm-facts.ts";

const KNOWN: PhaseMemory = { ...FRESH_PHASE, knownProcesses: [101] };
const HARVEST: PhaseMemory = { ...KNOWN, phase: "harvest", reason: "memory-pressure" };
const MAINTAIN: PhaseMemory = { ...KNOWN, phase: "maintain", reason: "maintain", periodMs: 120_000 };

interface Step {
  readonly scans?: number;
  readonly gainMib?: number;
  readonly volatileMib?: number;
  readonly urgency?: number;
  readonly profitBytes?: number;
  readonly asked?: boolean;
  readonly atMs?: number;
  readonly snapshot?: Partial<KsmSnapshot>;
}

function step(before: PhaseMemory, given: Step = {}): PhaseMemory {
  const { scans = 0, gainMib, volatileMib = 64, urgency = 0, profitBytes, asked = false } = given;
  const { atMs = KSM_NOW_MS } = given;
  const reading = aReading({
    fullScans: scans,
    pagesVolatile: (volatileMib * MIB) / PAGE_BYTES,
    ...(profitBytes !== undefined && { generalProfitBytes: profitBytes }),
  });
  const effort = {
    ...FRESH_EFFORT,
    ...(gainMib !== undefined && { yieldBytesPerCpuSecond: gainMib * MIB, fullScanCpuSeconds: 2 }),
  };
  const snapshot = aKsmSnapshot({ nowMs: atMs, reading, ...given.snapshot });
  return advancePhase(before, snapshot, urgency, effort, asked);
}

describe("at rest", () => {
  it("a guest that has started begins a harvest, once", () => {
    const begun = step(FRESH_PHASE);
    expect(begun).toMatchObject({ phase: "harvest", reason: "guest-started" });
    expect(step({ ...begun, phase: "idle" }).phase).toBe("idle");
  });

  it("a guest that may not merge begins none", () => {
    const guests = [aKsmGuest({ merging: { on: false } })];
    expect(step(FRESH_PHASE, { snapshot: { guests } }).phase).toBe("idle");
  });

  it("urgency begins a harvest when it lasts, not at its first sign", () => {
    const once = step(KNOWN, { urgency: 0.5 });
    const twice = step(once, { urgency: 0.5 });
    expect([once.phase, twice.phase]).toEqual(["idle", "idle"]);
    expect(step(twice, { urgency: 0.5 })).toMatchObject({ phase: "harvest", reason: "memory-pressure" });
    expect(step(step(twice, { urgency: 0 }), { urgency: 0.5 }).phase).toBe("idle");
  });

  it("a breath of urgency begins none, a little that lasts does", () => {
    const lasting = (urgency: number) => [1, 2, 3].reduce((before) => step(before, { urgency }), KNOWN).phase;
    expect(lasting(0.04)).toBe("idle");
    expect(lasting(0.08)).toBe("harvest");
  });

  it("the admin's command begins one at once", () => {
    expect(step(KNOWN, { asked: true })).toMatchObject({ phase: "harvest", reason: "asked" });
  });

  it("a guest counts as started once QEMU says that it may merge", () => {
    const { merging: _untold, ...silent } = aKsmGuest({ processId: 7 });
    const waiting = step(KNOWN, { snapshot: { guests: [silent] } });
    expect(waiting.phase).toBe("idle");
    const told = step(waiting, { snapshot: { guests: [aKsmGuest({ processId: 7 })] } });
    expect(told).toMatchObject({ phase: "harvest", reason: "guest-started" });
  });

  it("memory that gets tight begins one, before balloons have taken much", () => {
    const ledger = { budgetBytes: 1, reserveBytes: 0, chargedBytes: 0, regime: "tight" } as const;
    expect(step(MAINTAIN, { snapshot: { ledger } })).toMatchObject({ reason: "memory-pressure" });
  });

  it("memory that gets scarce begins one at once, also after one that did not pay", () => {
    const ledger = { budgetBytes: 1, reserveBytes: 0, chargedBytes: 0, regime: "scarce" } as const;
    const failed = { ...KNOWN, notBeforeMs: KSM_NOW_MS + 1 };
    expect(step(failed, { snapshot: { ledger } }).phase).toBe("harvest");
    expect(step({ ...MAINTAIN, regime: "scarce" }, { snapshot: { ledger } }).phase).toBe("maintain");
  });
});

describe("a harvest", () => {
  it("goes on while scans pay, whatever becomes of the pressure", () => {
    const third = step(HARVEST, { scans: 3, gainMib: 100, urgency: 0 });
    expect(third.phase).toBe("harvest");
    expect(step(third, { scans: 4, gainMib: 17 }).phase).toBe("harvest");
  });

  it("is not judged by the scan that had begun before it, nor by the first of its own, which cannot merge", () => {
    const first = step(HARVEST, { scans: 1, gainMib: 0 });
    expect(first.phase).toBe("harvest");
    expect(step(first, { scans: 2, gainMib: 0 }).phase).toBe("harvest");
  });

  it("ends when a scan does not pay, and the next one comes four minutes later", () => {
    expect(step(HARVEST, { scans: 3, gainMib: 15 })).toMatchObject({
      ...{ phase: "maintain", periodMs: 240_000 },
    });
  });

  it("ends with its second scan, however much that saved, when too little changed during it for one more to pay", () => {
    const after = (scans: number, volatileMib: number) =>
      step(HARVEST, { scans, gainMib: 100, volatileMib }).phase;
    // A scan takes two seconds of ksmd's time here, for which it must save 32 MiB.
    expect([after(2, 31), after(2, 33)]).toEqual(["maintain", "harvest"]);
    expect(after(1, 31)).toBe("harvest");
    expect([after(3, 31), after(3, 33)]).toEqual(["maintain", "harvest"]);
  });

  it("ends after six scans where the kernel does not tell ksmd's time", () => {
    const fifth = step(HARVEST, { scans: 5 });
    expect(fifth.phase).toBe("harvest");
    expect(step(fifth, { scans: 6 }).phase).toBe("maintain");
  });

  it("is not ended by a loss before its third scan while more may come, and at once when no more can", () => {
    const after = (volatileMib: number) =>
      step(HARVEST, { scans: 2, gainMib: 100, volatileMib, profitBytes: -1 }).reason;
    expect([after(33), after(31)]).toEqual(["memory-pressure", "no-profit"]);
  });

  it("ends at rest when KSM's records cost more than it saves, and is not begun anew for a while", () => {
    const failed = step(HARVEST, { scans: 3, gainMib: 100, profitBytes: -1 });
    expect(failed).toMatchObject({ phase: "idle", reason: "no-profit" });
    const pressed = { ...failed, pressedCount: 9 };
    expect(step(pressed, { urgency: 1, scans: 3 }).phase).toBe("idle");
    const later = (minutes: number) =>
      step(pressed, { urgency: 1, scans: 3, atMs: KSM_NOW_MS + minutes * 60_000 }).phase;
    expect([later(29), later(31)]).toEqual(["idle", "harvest"]);
  });
});

describe("maintaining", () => {
  it("scans less often while scans do not pay, more often when they do, within bounds", () => {
    const seldom = step(MAINTAIN, { scans: 1, gainMib: 1, urgency: 1 });
    expect(seldom.periodMs).toBe(240_000);
    expect(step(seldom, { scans: 2, gainMib: 20, urgency: 1 }).periodMs).toBe(120_000);
    const after = (periodMs: number, gainMib: number) =>
      step({ ...MAINTAIN, periodMs }, { scans: 1, gainMib, urgency: 1 }).periodMs;
    // A guest that changes is seen within half an hour, and a scan a minute costs next to nothing.
    expect(after(20 * 60_000, 1)).toBe(30 * 60_000);
    expect(after(90_000, 100)).toBe(60_000);
  });

  it("judges each scan once", () => {
    const seldom = step(MAINTAIN, { scans: 1, gainMib: 1, urgency: 1 });
    expect(step(seldom, { scans: 1, gainMib: 1, urgency: 1 }).periodMs).toBe(seldom.periodMs);
  });

  it("comes to rest after ten minutes without any urgency, and not before", () => {
    const calm = step(MAINTAIN);
    expect(step(calm, { atMs: KSM_NOW_MS + 599_000 }).phase).toBe("maintain");
    expect(step(calm, { atMs: KSM_NOW_MS + 600_000 })).toMatchObject({ phase: "idle", reason: "idle" });
    const pressed = step(calm, { urgency: 0.01 });
    expect(step(pressed, { atMs: KSM_NOW_MS + 600_000 }).phase).toBe("maintain");
  });
});
