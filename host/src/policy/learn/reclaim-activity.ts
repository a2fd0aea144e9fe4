/** A guest without agent is under pressure when its balloon driver counts swapping, direct reclaim or allocation stalls. */
import { MIB } from "../../model/bytes.ts";
import type { BalloonStats, Pressure } from "../../model/guest.ts";
import type { ReclaimMemory } from "../memory.ts";

/** Two readings closer together than this give no rate. */
const MIN_WINDOW_MS = 500;
/** Half of what was swapped out no longer counts as use after this time: programs that need it would have read it back. */
const SWAPPED_HALF_LIFE_MS = 10 * 60_000;
/** A guest is short from these rates on. They are the agent's own levels (guest/src/judgement/pressure.ts). */
const MODERATE = { swapBytesPerSecond: MIB, directBytesPerSecond: 4 * MIB, stallsPerSecond: 2 };
const LOW = { swapBytesPerSecond: 4096, directBytesPerSecond: MIB / 4, stallsPerSecond: 0.1 };
/** Major faults are misses only while pages are reclaimed: cold reads are major faults too. */
const MISSED_FAULTS_PER_SECOND = 250;

/** Takes in the counters of the driver's newest answer. */
export function learnReclaim(
  before: ReclaimMemory | undefined,
  stats: BalloonStats | undefined,
): ReclaimMemory | undefined {
  if (stats === undefined || stats.updatedAtMs === before?.stats.updatedAtMs) return before;
  if (before === undefined) return { stats, ...AT_REST, swappedBytes: 0 };
  const overMs = stats.updatedAtMs - before.stats.updatedAtMs;
  if (overMs < MIN_WINDOW_MS) return before;
  const { stats: last } = before;
  const swappedOutBytes = grown(last.swapOutBytesTotal, stats.swapOutBytesTotal);
  const swappedInBytes = grown(last.swapInBytesTotal, stats.swapInBytesTotal);
  const directBytes =
    grown(last.directReclaimBytesTotal, stats.directReclaimBytesTotal) +
    grown(last.directScanBytesTotal, stats.directScanBytesTotal);
  const backgroundBytes =
    grown(last.asyncReclaimBytesTotal, stats.asyncReclaimBytesTotal) +
    grown(last.asyncScanBytesTotal, stats.asyncScanBytesTotal);
  const left = before.swappedBytes * 0.5 ** (overMs / SWAPPED_HALF_LIFE_MS);
  return {
    stats,
    swapOutBytesPerSecond: (swappedOutBytes * 1000) / overMs,
    swapInBytesPerSecond: (swappedInBytes * 1000) / overMs,
    directBytesPerSecond: (directBytes * 1000) / overMs,
    backgroundBytesPerSecond: (backgroundBytes * 1000) / overMs,
    stallsPerSecond: (grown(last.allocationStallsTotal, stats.allocationStallsTotal) * 1000) / overMs,
    majorFaultsPerSecond: (grown(last.majorFaultsTotal, stats.majorFaultsTotal) * 1000) / overMs,
    swappedBytes: Math.max(0, left + swappedOutBytes - swappedInBytes),
  };
}

/** A counter that one of two answers leaves out gives no rate. */
function grown(from: number | undefined, to: number | undefined): number {
  return from === undefined || to === undefined ? 0 : Math.max(0, to - from);
}

/** The guest's pressure, in the levels that an agent reports. */
export function pressureOf(memory: ReclaimMemory | undefined): Pressure {
  if (memory === undefined) return "none";
  if (isAbove(memory, MODERATE)) return "moderate";
  const isReclaiming = memory.directBytesPerSecond + memory.backgroundBytesPerSecond > 0;
  if (isReclaiming && memory.majorFaultsPerSecond >= MISSED_FAULTS_PER_SECOND) return "moderate";
  return isAbove(memory, LOW) ? "low" : "none";
}

function isAbove(memory: ReclaimMemory, level: typeof MODERATE): boolean {
  const swapped = Math.max(memory.swapOutBytesPerSecond, memory.swapInBytesPerSecond);
  return (
    swapped >= level.swapBytesPerSecond ||
    memory.directBytesPerSecond >= level.directBytesPerSecond ||
    memory.stallsPerSecond >= level.stallsPerSecond
  );
}

const AT_REST = {
  swapOutBytesPerSecond: 0,
  swapInBytesPerSecond: 0,
  directBytesPerSecond: 0,
  backgroundBytesPerSecond: 0,
  stallsPerSecond: 0,
  majorFaultsPerSecond: 0,
};
