/** The modes that go by urgency and yield: `adaptive` sets ksmd's pace itself, `advisor` leaves it to the kernel within bounds. */
import { clamp } from "../../model/bytes.ts";
import type { KsmReading, KsmSnapshot, KsmWrites } from "../../model/ksm.ts";
import type { KsmSettings } from "../../model/ksm-settings.ts";
import { type EffortMemory, mergeablePages } from "./effort.ts";
import type { PhaseMemory } from "./phase.ts";
import { cpuBudget } from "./urgency.ts";

const SLEEP_MS = 20;
const LONGEST_SLEEP_MS = 1_000;
const LEAST_PAGES = 64;
const MOST_PAGES = 30_000;
/** Faster full scans would merge pages that are about to change again. */
const FASTEST_SCAN_S = 10;
/** A guest that has just started is worth some work even where there is no urgency. */
const HARVEST_PRESSURE = 0.3;
/** Knobs are left alone until the wanted value is this much off. */
const DEAD_BAND = 0.15;
/** The advisor's own limits for the time of a full scan. */
const ADVISOR_SCAN_S = { least: 60, most: 3_600 } as const;

/** How fast to scan now, in pages a second: what the budget buys, and no faster than is good for anything. */
export function scanRate(
  phase: PhaseMemory,
  urgency: number,
  snapshot: KsmSnapshot,
  effort: EffortMemory,
  settings: KsmSettings,
): number {
  const worth = phase.phase === "harvest" ? Math.max(urgency, HARVEST_PRESSURE) : urgency;
  const affordable = (cpuBudget(worth, snapshot, settings) * 1e9) / effort.nsPerPage;
  const pages = mergeablePages(snapshot.reading, snapshot.guests);
  const seconds = phase.phase === "harvest" ? FASTEST_SCAN_S : phase.periodMs / 1000;
  return Math.max(1, Math.min(affordable, pages / seconds));
}

/** ksmd's own knobs for a rate: batches of at least 64 pages, and longer sleeps where that is too many. */
export function adaptiveKnobs(
  phase: PhaseMemory,
  rate: number,
  nsPerPage: number,
  reading: KsmReading,
): KsmWrites {
  const off: KsmWrites = reading.knobs.advisorMode === "scan-time" ? { advisorMode: "none" } : {};
  if (phase.phase === "idle") return { ...off, run: 0 };
  const batchMs = (rate * SLEEP_MS) / 1000 < LEAST_PAGES ? (LEAST_PAGES * 1000) / rate : SLEEP_MS;
  // The time of the work itself comes on top of the sleep.
  const busyShare = Math.min(0.9, (rate * nsPerPage) / 1e9);
  const sleepMs = Math.min(LONGEST_SLEEP_MS, Math.round(batchMs));
  const pagesToScan = clamp(Math.round((rate * sleepMs) / 1000 / (1 - busyShare)), LEAST_PAGES, MOST_PAGES);
  const { knobs } = reading;
  return {
    ...off,
    sleepMs: steady(sleepMs, knobs.sleepMs),
    // Switching the advisor off sets its own default.
    pagesToScan: off.advisorMode === undefined ? steady(pagesToScan, knobs.pagesToScan) : pagesToScan,
    run: 1,
  };
}

/** The kernel's advisor, held to the budget. It takes no less than about a tenth of a processor unless its batches are capped. */
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
