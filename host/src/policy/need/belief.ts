/** A guest is not believed to use more than its QEMU process holds or its own balloon driver reports. */
import type { GuestFacts } from "../../model/guest.ts";
import { sightToleranceBytes } from "../../model/tolerance.ts";
import type { GuestMemory } from "../memory.ts";
import { blindFigures } from "./balloon-stats.ts";

/** A contradiction counts for this long: balloons move, so the next comparable statistics may take that long. */
const CONTRADICTED_MS = 60_000;

/** What a guest is taken to use. */
export interface Belief {
  readonly usedBytes: number;
  /** The part of the reported use that cannot be seen, and is not believed. */
  readonly doubtedBytes: number;
  /**
   * What the guest itself says that it uses: the lesser of its agent's and its balloon driver's figure. Memory can be in use that was
   * never touched, such as a pool of huge pages. So doubt limits what the guest gains; nothing is taken that it says it uses.
   */
  readonly saidBytes: number;
  /** Its balloon driver contradicts its agent. */
  readonly contradicted: boolean;
}

/**
 * Compares the reported use with what the host and the balloon driver see.
 * - Memory in use is held by the QEMU process, resident or swapped out. More is not believed.
 * - Nor is what the balloon driver contradicts, if it answered after `quietSinceMs`: since then the balloon did not move and the guest
 *   did not grow.
 *
 * After a contradiction (`wasContradicted`) doubted memory is not protected from taking either.
 */
export function believe(
  facts: GuestFacts,
  reportedBytes: number,
  quietSinceMs: number,
  wasContradicted = false,
): Belief {
  const toleranceBytes = sightToleranceBytes(facts.limits.maxBytes);
  const saidBytes = Math.round(Math.min(reportedBytes, usedByDriver(facts, quietSinceMs) + toleranceBytes));
  const usedBytes = Math.round(Math.min(saidBytes, residentBytes(facts) + toleranceBytes));
  const contradicted = Math.round(reportedBytes) > saidBytes;
  const isLiar = contradicted || wasContradicted;
  return {
    usedBytes,
    doubtedBytes: Math.round(reportedBytes - usedBytes),
    saidBytes: isLiar ? usedBytes : saidBytes,
    contradicted,
  };
}

/** Whether the guest's balloon driver contradicted its agent lately. */
export function wasContradicted({ contradictedAtMs }: GuestMemory, nowMs: number): boolean {
  return contradictedAtMs !== undefined && nowMs - contradictedAtMs < CONTRADICTED_MS;
}

/** What the guest has and never touched, in bytes. */
export function untouchedBytes(facts: GuestFacts, hasBytes: number, overheadBytes: number): number {
  return Math.max(0, hasBytes + overheadBytes - residentBytes(facts));
}

/** The part of it that programs can use. A pool of huge pages is not for ordinary programs. */
export function unusedBytes(facts: GuestFacts, hasBytes: number, overheadBytes: number): number {
  return Math.max(0, untouchedBytes(facts, hasBytes, overheadBytes) - (facts.report?.hugetlbBytes ?? 0));
}

function residentBytes({ processMemory }: GuestFacts): number {
  return processMemory === undefined
    ? Number.POSITIVE_INFINITY
    : processMemory.residentBytes + processMemory.swappedBytes;
}

/** Use by the balloon driver's statistics. Statistics from before the last change contradict nothing. */
function usedByDriver({ balloon, stats, agent }: GuestFacts, quietSinceMs: number): number {
  if (stats === undefined || stats.updatedAtMs < quietSinceMs || balloon === undefined)
    return Number.POSITIVE_INFINITY;
  const seen = blindFigures(stats, agent?.osFamily);
  return seen === undefined
    ? Number.POSITIVE_INFINITY
    : Math.max(0, balloon.actualBytes - seen.availableBytes);
}
