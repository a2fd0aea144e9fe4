import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GIB } from "../../../host/src/model/bytes.ts";
import type { KsmGuest } from "../../../host/src/model/ksm.ts";
import { KSM_MODES, type KsmMode } from "../../../host/src/model/ksm-settings.ts";
import { REGIMES } from "../../../host/src/model/plan.ts";
import { decideKsm, FRESH_KSM, type KsmCommands } from "../../../host/src/policy/ksm/decide.ts";
import { aKsmGuest, aKsmSnapshot, aReading, ksmSettings } from "../../fakes/ksm-facts.ts";

/** A fixed seed: the same worlds each time, so that a failure is the change's. */
const RUNS = { numRuns: 1_000, seed: 20_261_125 };
const AUTO: KsmCommands = { written: {}, manual: "auto", unmerging: false, switchedOff: new Set() };

const guestArbitrary = fc
  .record({
    trust: fc.constantFrom("a", "b"),
    processId: fc.integer({ min: 1, max: 5 }),
    residentBytes: fc.nat(64 * GIB),
    on: fc.option(fc.boolean()),
    obstacle: fc.constantFrom(undefined, undefined, "hugepages" as const),
    process: fc.record({
      mergingPages: fc.nat(100_000),
      rmapItems: fc.nat(10_000_000),
      profitBytes: fc.integer(),
    }),
  })
  .map(({ on, obstacle, ...rest }): KsmGuest => {
    const { merging: _, ...guest } = aKsmGuest({ ...rest, name: `g${rest.processId}` });
    if (on === null) return guest;
    return { ...guest, merging: { on, ...(obstacle !== undefined && { obstacle }) } };
  });

/** What is seen at one look; counters never fall. */
const lookArbitrary = fc.record({
  guests: fc.uniqueArray(guestArbitrary, { maxLength: 5, selector: ({ name }) => name }),
  availableBytes: fc.nat(64 * GIB),
  chargedBytes: fc.nat(64 * GIB),
  regime: fc.constantFrom(...REGIMES),
  cpuStallPercent: fc.integer({ min: 0, max: 100 }),
  memoryStallPercent: fc.integer({ min: 0, max: 100 }),
  pages: fc.nat(5_000_000),
  scans: fc.nat(3),
  cpuMs: fc.nat(5_000),
  savedPages: fc.nat(1_000_000),
  generalProfitBytes: fc.integer(),
  afterMs: fc.integer({ min: 1, max: 600_000 }),
});
type SeenLook = typeof lookArbitrary extends fc.Arbitrary<infer T> ? T : never;

/** Decides look after look, the knobs standing as they were written. */
function decisions(mode: KsmMode, looks: readonly SeenLook[]) {
  let memory = FRESH_KSM;
  let knobs = aReading({ knobs: { run: 0, pagesToScan: 100, sleepMs: 20, advisorMode: "none" } }).knobs;
  const counters = { nowMs: 0, pagesScanned: 0, fullScans: 0, ksmdCpuNs: 0 };
  return looks.map((look) => {
    counters.nowMs += look.afterMs;
    counters.pagesScanned += look.pages;
    counters.fullScans += look.scans;
    counters.ksmdCpuNs += look.cpuMs * 1e6;
    const { nowMs, ...counted } = counters;
    const { generalProfitBytes, savedPages, guests, regime, chargedBytes } = look;
    const reading = aReading({
      ...counted,
      ...{ knobs, generalProfitBytes, pagesSharing: savedPages, savedBytes: savedPages * 4096 },
    });
    const { availableBytes, cpuStallPercent, memoryStallPercent } = look;
    const host = { totalBytes: 64 * GIB, availableBytes, cpuStallPercent, memoryStallPercent };
    const ledger = { budgetBytes: 60 * GIB, reserveBytes: GIB, chargedBytes, regime };
    const ksmtuned = { totalKib: 1000, freeKib: look.pages % 1000, availableKib: 0, committedKib: 500 };
    const snapshot = aKsmSnapshot({ nowMs, reading, host, ledger, guests, ksmtuned });
    const decision = decideKsm(snapshot, memory, ksmSettings({ mode }), AUTO);
    memory = decision.memory;
    knobs = { ...knobs, ...decision.knobs };
    return { decision, guests };
  });
}

const runArbitrary = fc.record({
  mode: fc.constantFrom(...KSM_MODES),
  looks: fc.array(lookArbitrary, { minLength: 1, maxLength: 20 }),
});

describe("KSM's decision, in any world", () => {
  it("writes only what the kernel takes", () => {
    fc.assert(
      fc.property(runArbitrary, ({ mode, looks }) => {
        for (const { decision } of decisions(mode, looks)) {
          const { run, pagesToScan, sleepMs, advisorMaxCpuPercent } = decision.knobs;
          expect([undefined, 0, 1]).toContain(run);
          for (const value of [pagesToScan, sleepMs])
            expect(value === undefined || Number.isSafeInteger(value)).toBe(true);
          if (mode === "adaptive" && pagesToScan !== undefined)
            expect(pagesToScan).toBeGreaterThanOrEqual(64);
          expect(pagesToScan ?? 0).toBeLessThanOrEqual(30_000);
          expect(sleepMs ?? 10).toBeLessThanOrEqual(mode === "adaptive" ? 1_000 : Number.MAX_SAFE_INTEGER);
          expect(advisorMaxCpuPercent ?? 1).toBeLessThanOrEqual(100);
        }
      }),
      RUNS,
    );
  });

  it("never turns anything in modes that leave KSM alone", () => {
    fc.assert(
      fc.property(fc.constantFrom("off" as const, "observe" as const), runArbitrary, (mode, { looks }) => {
        for (const { decision } of decisions(mode, looks))
          expect([decision.knobs, decision.merges]).toEqual([{}, []]);
      }),
      RUNS,
    );
  });

  it("never lets ksmd run while guests of two labels may merge", () => {
    fc.assert(
      fc.property(runArbitrary, ({ mode, looks }) => {
        for (const { decision, guests } of decisions(mode, looks)) {
          const mergeable = guests.filter(
            ({ merging }) => merging?.obstacle === undefined && merging?.on !== false,
          );
          const labels = new Set(mergeable.map(({ trust }) => trust));
          if (labels.size > 1) expect(decision.knobs.run).not.toBe(1);
        }
      }),
      RUNS,
    );
  });

  it("tells each guest's reason, and switches only what is not as wanted", () => {
    fc.assert(
      fc.property(runArbitrary, ({ mode, looks }) => {
        for (const { decision, guests } of decisions(mode, looks)) {
          if (decision.merges.length === 0) continue;
          expect(decision.merges.map(({ name }) => name)).toEqual(guests.map(({ name }) => name));
          for (const { name, switchTo } of decision.merges) {
            if (switchTo === undefined) continue;
            expect(guests.find((guest) => guest.name === name)?.merging?.on).toBe(!switchTo);
          }
        }
      }),
      RUNS,
    );
  });
});
