/** ksmd scans as fast as its CPU budget pays for, and no faster than is useful. */
import { clamp } from "../../model/bytes.ts";
import type { KsmReading, KsmSnapshot, KsmWrites } from "../../model/ksm.ts";
import type { KsmSettings } from "../../model/ksm-settings.ts";
import { type EffortMemory, knownPages, mergeablePages } from "./effort.ts";
import type { PhaseMemory } from "./phase.ts";
import { cpuBudget } from "./urgency.ts";

/** ksmd's usual pause between two batches (the kernel's default `sleep_millisecs`). */
const SLEEP_MS = 20;
/** A longer pause would make ksmd slow to react to a new rate. */
const LONGEST_SLEEP_MS = 1_000;
/** Smaller batches would wake ksmd too often for what they scan: it sleeps longer instead, where it may. */
const FAIR_PAGES = 512;
/** No batch is smaller than this. */
const LEAST_PAGES = 64;
/** Larger batches would keep a processor busy for too long at a time. */
const MOST_PAGES = 30_000;
/** Faster full scans would merge pages that are about to change again. */
const FASTEST_SCAN_S = 10;
/** A guest that has just started is worth this urgency, even where there is none. */
const HARVEST_PRESSURE = 0.3;
/** A knob is left alone while its value is off by no more than this share. */
const DEAD_BAND = 0.15;
/** The kernel advisor's limits for the time of a full scan. */
const ADVISOR_SCAN_S = { least: 60, most: 3_600 } as const;

/** How fast to scan now, in pages per second. */
export function scanRate(
  phase: PhaseMemory,
  urgency: number,
  snapshot: KsmSnapshot,
  effort: EffortMemory,
  settings: KsmSettings,
): number {
  const worth = phase.phase === "harvest" ? Math.max(urgency, HARVEST_PRESSURE) : urgency;
  const affordable = (cpuBudget(worth, snapshot, settings) * 1e9) / effort.nsPerPage;
  const seconds = phase.phase === "harvest" ? FASTEST_SCAN_S : phase.periodMs / 1000;
  return Math.max(1, Math.min(affordable, pagesToCover(phase, snapshot) / seconds));
}

/**
 * Pages of the next full scan. A harvest must reach what no scan has seen yet. After it KSM knows its pages, which are fewer than the
 * resident ones (QEMU's own memory is not scanned), unless another program unmerged them: then the kernel counts scans from 0 again.
 */
export function pagesToCover({ phase, scansAtStart }: PhaseMemory, { reading, guests }: KsmSnapshot): number {
  const isKnown = phase === "maintain" && reading.fullScans >= scansAtStart;
  return isKnown ? knownPages(reading) : mergeablePages(reading, guests);
}

/** ksmd's knobs for a rate in pages per second. Where a batch would be small the sleep gets longer instead. */
export function adaptiveKnobs(
  phase: PhaseMemory,
  rate: number,
  nsPerPage: number,
  reading: KsmReading,
): KsmWrites {
  const off: KsmWrites = reading.knobs.advisorMode === "scan-time" ? { advisorMode: "none" } : {};
  if (phase.phase === "idle") return { ...off, run: 0 };
  const batchMs = (rate * SLEEP_MS) / 1000 < FAIR_PAGES ? (FAIR_PAGES * 1000) / rate : SLEEP_MS;
  // ksmd sleeps after its work, so the time of the work is added to each batch.
  const busyShare = Math.min(0.9, (rate * nsPerPage) / 1e9);
  const sleepMs = Math.min(LONGEST_SLEEP_MS, Math.round(batchMs));
  const pagesToScan = clamp(Math.round((rate * sleepMs) / 1000 / (1 - busyShare)), LEAST_PAGES, MOST_PAGES);
  const { knobs } = reading;
  return {
    ...off,
    sleepMs: steady(sleepMs, knobs.sleepMs),
    // When the advisor is switched off, the kernel sets its own default for this knob.
    pagesToScan: off.advisorMode === undefined ? steady(pagesToScan, knobs.pagesToScan) : pagesToScan,
    run: 1,
  };
}

/** The knobs of the kernel's advisor for this budget. Its batches are capped: else it takes at least a tenth of a processor. */
export function advisorKnobs(
  phase: PhaseMemory,
  rate: number,
  pages: number,
  budget: number,
  reading: KsmReading,
): KsmWrites {
  if (phase.phase === "idle") return { run: 0 };
  const { knobs } = reading;
  const target = clamp(Math.round(pages / rate), ADVISOR_SCAN_S.least, ADVISOR_SCAN_S.most);
  const cpu = clamp(Math.round(budget * 100), 1, 100);
  const most = clamp(Math.round((rate * knobs.sleepMs) / 1000), LEAST_PAGES, MOST_PAGES);
  return {
    advisorMode: "scan-time",
    advisorMaxCpuPercent: steady(cpu, knobs.advisorMaxCpuPercent),
    advisorTargetScanSeconds: steady(target, knobs.advisorTargetScanSeconds),
    advisorMaxPages: steady(most, knobs.advisorMaxPages),
    run: 1,
  };
}

function steady(wanted: number, current: number | undefined): number {
  if (current === undefined) return wanted;
  return Math.abs(wanted - current) <= current * DEAD_BAND ? current : wanted;
}
