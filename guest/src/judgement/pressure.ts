/** Judges a guest's pressure from what is left and from its counters' rates. */
import { PRESSURES, type Pressure } from "@ballast/proto";
import type { CounterRates } from "./counter-rates.ts";
import { criticalBytes } from "./reserve.ts";

/** A level falls by one step after this time without a cause. */
export const CALM_MS = 2000;

/** Refaults per second from which each level holds, as a share of the file cache and in pages. Both must be reached. */
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
/** So long after the balloon has grown its stalls still show: rates are taken over half a second, and kswapd goes on to the high watermark. */
export const INFLATION_ECHO_MS = 1000;
/**
 * With this much free memory the kernel reclaims nothing of the guest's own: it stops at the zones' high watermarks (which it raises up to
 * 2.5 times after fragmentation, vm.watermark_boost_factor), and two reserves beyond that are not used up between two samples.
 */
const ROOMY = { watermarks: 3, reserves: 2 };

export interface PressureInput {
  readonly availableBytes: number;
  /** Available memory that must be left when a demand is answered. */
  readonly reserveBytes: number;
  /** The least free memory lately; infinite when unknown. */
  readonly leastFreeBytes: number;
  /** Zone watermarks, 0 when unknown. */
  readonly watermarkBytes: number;
  /** File cache, 0 when unknown. */
  readonly filePages: number;
  readonly rates: CounterRates | undefined;
  /** The balloon grows, or did until {@link INFLATION_ECHO_MS} ago. */
  readonly inflating: boolean;
  /** The kernel itself says that memory is low (Windows). */
  readonly lowMemory?: boolean;
  /** Memory that may still be promised to programs, where promises have a limit (Windows); at 0 programs fail. */
  readonly commitLeftBytes?: number | undefined;
}

/**
 * The present level. Refaults, swap-in, stall time and OOM kills of a guest with plenty of free memory are those of containers at
 * their own limit: they say nothing of the guest. Otherwise refaults, swap-in and stalled allocations each decide by themselves. Stall time is one
 * sign among them: it falls back to nothing when thrashing is at its worst, and counts kswapd's own work.
 */
export function measurePressure(input: PressureInput): Pressure {
  const { availableBytes, reserveBytes: reserve } = input;
  const rates = isReclaiming(input) ? input.rates : undefined;
  const short = availableBytes < 2 * reserve;
  // While the balloon grows, the kernel reclaims cache for it, and its allocations may stall. With two reserves left that hurts no program.
  const ownStalls = short || !input.inflating;
  if (input.lowMemory || availableBytes < criticalBytes(reserve)) return "critical";
  if (rates && isCritical(rates, input.filePages, short, ownStalls)) return "critical";
  const promisable = input.commitLeftBytes ?? Number.POSITIVE_INFINITY;
  if (Math.min(availableBytes, promisable) < reserve) return "moderate";
  if (rates && isModerate(rates, input.filePages, short, ownStalls)) return "moderate";
  if (availableBytes < 1.5 * reserve) return "low";
  return rates && isLow(rates, input.filePages, short, ownStalls) ? "low" : "none";
}

/** Whether the guest itself may be short of memory. Stalled allocations always show that: those of containers are not counted (mm/vmscan.c). */
export function isReclaiming({
  leastFreeBytes,
  watermarkBytes,
  reserveBytes,
  rates,
}: PressureInput): boolean {
  const roomyBytes = ROOMY.watermarks * watermarkBytes + ROOMY.reserves * reserveBytes;
  // Unknown free memory does not count as plenty.
  const isRoomy = leastFreeBytes >= roomyBytes && leastFreeBytes !== Number.POSITIVE_INFINITY;
  return !isRoomy || (rates?.allocationStallsPerSecond ?? 0) > 0;
}

/**
 * Whether programs wait for what they miss. Otherwise stall time is kswapd's, which counts as stalled while it drops cache (mm/vmscan.c,
 * `balance_pgdat`), however little anybody misses it. Kernels before 4.20 tell no stall time, and older ones no refaults.
 */
function isMissing(strain: CounterRates, ownStalls: boolean): boolean {
  return (
    Number.isNaN(strain.refaultsPerSecond) ||
    strain.refaultsPerSecond >= REFAULTS.low.pagesPerSecond ||
    strain.swapInPagesPerSecond >= SWAP_IN_PAGES_PER_SECOND.low ||
    (ownStalls && strain.allocationStallsPerSecond >= STALLED_ALLOCATIONS_PER_SECOND.low)
  );
}

function isCritical(strain: CounterRates, filePages: number, short: boolean, ownStalls: boolean): boolean {
  if (strain.oomKilled || thrashes(strain, filePages, short, REFAULTS.critical)) return true;
  if (!short || !isMissing(strain, ownStalls)) return false;
  return strain.fullStallShare >= FULL_STALL_CRITICAL || strain.someStallShare >= SOME_STALL.critical;
}

function isModerate(strain: CounterRates, filePages: number, short: boolean, ownStalls: boolean): boolean {
  return (
    thrashes(strain, filePages, short, REFAULTS.moderate) ||
    strain.swapInPagesPerSecond >= SWAP_IN_PAGES_PER_SECOND.moderate ||
    (ownStalls && strain.allocationStallsPerSecond >= STALLED_ALLOCATIONS_PER_SECOND.moderate) ||
    (short && strain.someStallShare >= SOME_STALL.moderate && isMissing(strain, ownStalls))
  );
}

function isLow(strain: CounterRates, filePages: number, short: boolean, ownStalls: boolean): boolean {
  return (
    thrashes(strain, filePages, short, REFAULTS.low) ||
    strain.swapInPagesPerSecond >= SWAP_IN_PAGES_PER_SECOND.low ||
    (ownStalls && strain.allocationStallsPerSecond >= STALLED_ALLOCATIONS_PER_SECOND.low) ||
    (strain.someStallShare >= SOME_STALL.low && isMissing(strain, ownStalls))
  );
}

/** An unknown rate (NaN) reaches no limit. Where refaults are not counted, pages read by a guest short of memory stand for them. */
function thrashes(
  strain: CounterRates,
  filePages: number,
  short: boolean,
  limit: { readonly share: number; readonly pagesPerSecond: number },
): boolean {
  const standIn = short ? strain.readPagesPerSecond : 0;
  const rate = Number.isNaN(strain.refaultsPerSecond) ? standIn : strain.refaultsPerSecond;
  return rate >= limit.pagesPerSecond && rate >= limit.share * filePages;
}

/** A level rises at once and falls one step at a time, so that a guest between two bursts does not look idle. */
export class PressureLevel {
  #level: Pressure = "none";
  #heldUntilMs = 0;

  get current(): Pressure {
    return this.#level;
  }

  settle(measured: Pressure, nowMs: number): Pressure {
    const now = PRESSURES.indexOf(this.#level);
    const next = PRESSURES.indexOf(measured);
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
