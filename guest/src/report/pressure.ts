/** Judges how hard a guest's memory is fought over, from what happened between two readings of its counters. */
import { PRESSURES, type Pressure } from "@ballast/proto";
import type { Counters } from "../sample/memory-sample.ts";
import { callReserveBytes, criticalBytes } from "./reserve.ts";

/** Counters closer together than this give no rate: the level stays what it was. */
export const SHORTEST_SPAN_MS = 100;
/** A level goes down one step after so long without anything that would hold it up. */
export const CALM_MS = 2000;

/** Refaults a second, as a share of the file cache and in pages, from which each level holds; both must be reached. */
const REFAULTS = {
  low: { share: 0.001, pagesPerSecond: 50 },
  moderate: { share: 0.005, pagesPerSecond: 250 },
  critical: { share: 0.1, pagesPerSecond: 1000 },
};
/** Share of time in which some task waited for memory (GLib and systemd warn at 3.5 %, 70 ms in 2 s). */
const SOME_STALL = { low: 0.001, moderate: 0.035, critical: 0.1 };
const FULL_STALL_CRITICAL = 0.05;
const SWAP_IN_PAGES_PER_SECOND = { low: 1, moderate: 256 };
const STALLED_ALLOCATIONS_PER_SECOND = { low: 0.1, moderate: 2 };
const KIB_PER_PAGE = 4;

/** Rates between two readings, each undefined when the kernel does not count it. */
export interface Strain {
  readonly refaultsPerSecond: number | undefined;
  readonly swapInPagesPerSecond: number | undefined;
  readonly allocationStallsPerSecond: number | undefined;
  readonly someStallShare: number | undefined;
  readonly fullStallShare: number | undefined;
  /** Pages read from disk, for whatever reason. */
  readonly readPagesPerSecond: number | undefined;
  readonly oomKilled: boolean;
}

/** What happened between two readings; absent when they are too close together or out of order. */
export function strainBetween(before: Counters, after: Counters): Strain | undefined {
  const seconds = (after.sampledAtMs - before.sampledAtMs) / 1000;
  if (seconds * 1000 < SHORTEST_SPAN_MS) return undefined;
  const [a, b] = [before.vmstat, after.vmstat];
  const stall = (from?: number, to?: number) => perSecond(seconds * 1_000_000, from, to);
  return {
    refaultsPerSecond: sumOf(
      perSecond(seconds, a.refaultFilePages, b.refaultFilePages),
      perSecond(seconds, a.refaultAnonPages, b.refaultAnonPages),
    ),
    swapInPagesPerSecond: perSecond(seconds, a.swapInPages, b.swapInPages),
    allocationStallsPerSecond: perSecond(seconds, a.allocationStalls, b.allocationStalls),
    someStallShare: stall(before.pressure.someStallUs, after.pressure.someStallUs),
    fullStallShare: stall(before.pressure.fullStallUs, after.pressure.fullStallUs),
    readPagesPerSecond: perSecond(seconds * KIB_PER_PAGE, a.pageInKib, b.pageInKib),
    oomKilled: (b.oomKills ?? 0) > (a.oomKills ?? b.oomKills ?? 0),
  };
}

export interface PressureInput {
  readonly availableBytes: number;
  readonly totalBytes: number;
  /** File cache, 0 when unknown. */
  readonly filePages: number;
  readonly strain: Strain | undefined;
  /** The kernel itself says that memory is low (Windows). */
  readonly lowMemory?: boolean;
  /** Memory that may still be promised to programs, where promises have a limit (Windows); at 0 programs fail. */
  readonly commitLeftBytes?: number | undefined;
}

/**
 * The level of this moment. Refaults, swap-in and stalled allocations speak for themselves; stall time is one voice
 * among them: it falls back to nothing when thrashing is at its worst, and containers at their own limit raise it.
 */
export function measurePressure(input: PressureInput): Pressure {
  const { availableBytes, totalBytes, strain } = input;
  const reserve = callReserveBytes(totalBytes);
  const short = availableBytes < 2 * reserve;
  if (input.lowMemory || availableBytes < criticalBytes(totalBytes)) return "critical";
  if (strain && isCritical(strain, input.filePages, short)) return "critical";
  const promisable = input.commitLeftBytes ?? Number.POSITIVE_INFINITY;
  if (Math.min(availableBytes, promisable) < reserve) return "moderate";
  if (strain && isModerate(strain, input.filePages, short)) return "moderate";
  if (availableBytes < 1.5 * reserve || (strain && isLow(strain, input.filePages, short))) return "low";
  return "none";
}

function isCritical(strain: Strain, filePages: number, short: boolean): boolean {
  if (strain.oomKilled || thrashes(strain, filePages, short, REFAULTS.critical)) return true;
  return (
    short &&
    (reaches(strain.fullStallShare, FULL_STALL_CRITICAL) ||
      reaches(strain.someStallShare, SOME_STALL.critical))
  );
}

function isModerate(strain: Strain, filePages: number, short: boolean): boolean {
  return (
    thrashes(strain, filePages, short, REFAULTS.moderate) ||
    reaches(strain.swapInPagesPerSecond, SWAP_IN_PAGES_PER_SECOND.moderate) ||
    reaches(strain.allocationStallsPerSecond, STALLED_ALLOCATIONS_PER_SECOND.moderate) ||
    (short && reaches(strain.someStallShare, SOME_STALL.moderate))
  );
}

function isLow(strain: Strain, filePages: number, short: boolean): boolean {
  return (
    thrashes(strain, filePages, short, REFAULTS.low) ||
    reaches(strain.swapInPagesPerSecond, SWAP_IN_PAGES_PER_SECOND.low) ||
    reaches(strain.allocationStallsPerSecond, STALLED_ALLOCATIONS_PER_SECOND.low) ||
    reaches(strain.someStallShare, SOME_STALL.low)
  );
}

/** Where refaults are not counted, what a guest that is short of memory reads stands for them. */
function thrashes(
  strain: Strain,
  filePages: number,
  short: boolean,
  limit: { readonly share: number; readonly pagesPerSecond: number },
): boolean {
  const rate = strain.refaultsPerSecond ?? (short ? strain.readPagesPerSecond : 0) ?? 0;
  return rate >= limit.pagesPerSecond && rate >= limit.share * filePages;
}

function reaches(value: number | undefined, limit: number): boolean {
  return value !== undefined && value >= limit;
}

/** Counters that went backwards (a restarted kernel module, a restored guest) give no rate. */
function perSecond(seconds: number, from: number | undefined, to: number | undefined): number | undefined {
  if (from === undefined || to === undefined || to < from) return undefined;
  return (to - from) / seconds;
}

function sumOf(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined && b === undefined ? undefined : (a ?? 0) + (b ?? 0);
}

/** A level rises at once and falls one step at a time, so that a guest between two bursts does not look idle. */
export class PressureLevel {
  #level: Pressure = "none";
  #heldUntilMs = 0;

  get current(): Pressure {
    return this.#level;
  }

  settle(measured: Pressure, nowMs: number): Pressure {
    const [now, next] = [PRESSURES.indexOf(this.#level), PRESSURES.indexOf(measured)];
    if (next >= now) {
      this.#level = measured;
      this.#heldUntilMs = nowMs + CALM_MS;
    } else if (nowMs >= this.#heldUntilMs) {
      this.#level = PRESSURES[now - 1] ?? "none";
      this.#heldUntilMs = nowMs + CALM_MS;
    }
    return this.#level;
  }
}

/** Whether `level` is at least `than`. */
export function isAtLeast(level: Pressure, than: Pressure): boolean {
  return PRESSURES.indexOf(level) >= PRESSURES.indexOf(than);
}
