import { describe, expect, it } from "vitest";
import { GIB } from "../../../../../host/src/model/bytes.ts";
import type { KsmReading } from "../../../../../host/src/model/ksm.ts";
import { adaptiveKnobs, advisorKnobs, scanRate } from "../../../../../host/src/policy/ksm/adaptive.ts";
import { FRESH_EFFORT } from "../../../../../host/src/policy/ksm/effort.ts";
import { FRESH_PHASE, type Phase } from "../../../../../host/src/policy/ksm/phase.ts";
import { aKsmGuest, aKsmSnapshot, aReading, ksmSettings } from "../../../../fakes/ksm-facts.ts";

const NS_PER_PAGE = 1_000;

function knobbed(override: Partial<KsmReading["knobs"]> = {}): KsmReading {
  return aReading({ knobs: { run: 0, pagesToScan: 100, sleepMs: 20, ...override } });
}

function inPhase(phase: Phase) {
  return { ...FRESH_PHASE, phase };
}

/** Pages a second over 64 GiB, with pages that cost a microsecond each and 1 to 50 % of a processor. */
function rate(phase: Phase, urgency: number, periodMs = 60_000): number {
  const guests = [aKsmGuest({ residentBytes: 64 * GIB })];
  const reading = aReading({ pagesUnshared: (64 * GIB) / 4096 });
  const effort = { ...FRESH_EFFORT, nsPerPage: NS_PER_PAGE };
  const memory = { ...inPhase(phase), periodMs };
  return scanRate(memory, urgency, aKsmSnapshot({ guests, reading }), effort, ksmSettings());
}

/** Pages a second where KSM knows 32 of the 64 GiB after so many full scans; the phase began after two. */
function knownRate(phase: Phase, fullScans: number): number {
  const guests = [aKsmGuest({ residentBytes: 64 * GIB })];
  const reading = aReading({ fullScans, pagesSharing: GIB / 4096, pagesUnshared: (31 * GIB) / 4096 });
  const memory = { ...inPhase(phase), scansAtStart: 2 };
  const settings = ksmSettings({ maxCpuPercent: 90 });
  const effort = { ...FRESH_EFFORT, nsPerPage: 1 };
  return scanRate(memory, 1, aKsmSnapshot({ guests, reading }), effort, settings);
}

/** ksmd's knobs for so many pages a second. */
function written(pagesASecond: number, reading = knobbed(), nsPerPage = NS_PER_PAGE) {
  return adaptiveKnobs(inPhase("maintain"), pagesASecond, nsPerPage, reading);
}

describe("the pace of scanning", () => {
  it("is what the budget of CPU buys", () => {
    expect(rate("maintain", 1)).toBeCloseTo((64 * GIB) / 4096 / 60);
    expect(rate("harvest", 1)).toBe(500_000);
  });

  it("is worth nearly a third of the budget while a guest has just started, though nothing is urgent", () => {
    expect(rate("harvest", 0)).toBeCloseTo((0.01 + 0.49 * 0.3) * 1_000_000);
    expect(rate("maintain", 0)).toBeCloseTo(0.01 * 1_000_000);
  });

  it("spreads a scan over its period where that is slower", () => {
    expect(rate("maintain", 1, 30 * 60_000)).toBeCloseTo((64 * GIB) / 4096 / 1_800);
  });
});

describe("the pages of a scan", () => {
  it("are those that KSM knows once a harvest is over: QEMU's own memory is never scanned", () => {
    expect(knownRate("maintain", 2)).toBeCloseTo((32 * GIB) / 4096 / 60);
    expect(knownRate("harvest", 2)).toBeCloseTo((64 * GIB) / 4096 / 10);
  });

  it("are all that is resident again after another program has unmerged them", () => {
    expect(knownRate("maintain", 0)).toBeCloseTo((64 * GIB) / 4096 / 60);
  });
});

describe("ksmd's knobs", () => {
  it("stop it at rest", () => {
    expect(adaptiveKnobs(inPhase("idle"), 1, NS_PER_PAGE, knobbed())).toEqual({ run: 0 });
  });

  it("wake it every 20 ms where there is much to scan, so that no batch holds a lock for long", () => {
    expect(written(100_000)).toMatchObject({ sleepMs: 20, pagesToScan: 2_222 });
  });

  it("let it sleep longer where a batch would be less than 512 pages, and for no more than a second", () => {
    expect(written(10_000)).toMatchObject({ sleepMs: 51, pagesToScan: 515 });
    expect(written(1_000)).toMatchObject({ sleepMs: 512, pagesToScan: 513 });
    expect(written(100)).toMatchObject({ sleepMs: 1_000, pagesToScan: 100 });
    expect(written(10)).toMatchObject({ sleepMs: 1_000, pagesToScan: 64 });
  });

  it("never ask for more than 30,000 pages at a time: a batch cannot be interrupted", () => {
    expect(written(1_000_000, knobbed(), 10)).toMatchObject({ pagesToScan: 20_202 });
    expect(written(2_000_000, knobbed(), 10)).toMatchObject({ pagesToScan: 30_000 });
  });

  it("are left alone until the wanted value is 15 % off", () => {
    expect(written(10_000, knobbed({ pagesToScan: 450 })).pagesToScan).toBe(450);
    expect(written(10_000, knobbed({ pagesToScan: 400 })).pagesToScan).toBe(515);
  });

  it("are set anew when the advisor is switched off, which sets its own", () => {
    const advised = knobbed({ advisorMode: "scan-time", pagesToScan: 515 });
    expect(written(10_000, advised)).toMatchObject({ advisorMode: "none", pagesToScan: 515, run: 1 });
  });
});

describe("the kernel's advisor", () => {
  const advised = (pagesASecond: number, pages: number, budget = 0.3) =>
    advisorKnobs(inPhase("maintain"), pagesASecond, pages, budget, knobbed());

  it("is stopped at rest", () => {
    expect(advisorKnobs(inPhase("idle"), 1, 1, 0.3, knobbed())).toEqual({ run: 0 });
  });

  it("is told how long a full scan shall take, and what it may cost", () => {
    expect(advised(1_000, 600_000)).toMatchObject({
      ...{ advisorMode: "scan-time", advisorTargetScanSeconds: 600, advisorMaxCpuPercent: 30, run: 1 },
    });
  });

  it("is asked for no faster scan than in a minute, and for no slower one than in an hour", () => {
    expect(advised(100_000, 600_000).advisorTargetScanSeconds).toBe(60);
    expect(advised(100, 600_000).advisorTargetScanSeconds).toBe(3_600);
  });

  it("is given a whole percent at least", () => {
    expect(advised(1_000, 600_000, 0.001).advisorMaxCpuPercent).toBe(1);
  });
});
