/** How far a guest's own word is believed: a guest may be mistaken, compromised or greedy, the host's figures are not. */
import { MIB } from "../../model/bytes.ts";
import type { GuestFacts } from "../../model/guest.ts";
import type { GuestMemory } from "../memory.ts";
import { blindFigures } from "./balloon-stats.ts";

/** What use may exceed held memory by: watermarks and other pages that a kernel counts as used and never touched. */
const SLACK_BYTES = 64 * MIB;
const SLACK_SHARE = 0.04;
/** The next statistics that are worth something may take so long: balloons move in between. */
const CONTRADICTED_MS = 60_000;

/** What a guest may be taken to use. */
export interface Belief {
  readonly usedBytes: number;
  /** Claimed beyond what can be seen of it: not believed. */
  readonly doubtedBytes: number;
  /**
   * What the guest itself says that it uses, its agent and its balloon driver together. Memory can be in use that was never touched: a pool
   * of huge pages, a reservation at boot. So doubt limits what the guest gains; nothing is taken that it says it uses.
   */
  readonly saidBytes: number;
  /** Its balloon driver says otherwise than its agent. */
  readonly contradicted: boolean;
}

/**
 * Memory that a guest uses is memory that its QEMU process holds (resident or swapped out), so claims beyond that are not
 * believed. Nor are those that the guest's own balloon driver contradicts, asked when neither the balloon moved nor the guest grew
 * any more: since `quietSinceMs`. An agent that was contradicted lately (`wasContradicted`) says nothing that counts against doubt.
 */
export function believe(
  facts: GuestFacts,
  claimedBytes: number,
  quietSinceMs: number,
  wasContradicted = false,
): Belief {
  const slackBytes = Math.max(SLACK_BYTES, facts.limits.maxBytes * SLACK_SHARE);
  const saidBytes = Math.round(Math.min(claimedBytes, usedByDriver(facts, quietSinceMs) + slackBytes));
  const usedBytes = Math.round(Math.min(saidBytes, residentBytes(facts) + slackBytes));
  const contradicted = Math.round(claimedBytes) > saidBytes;
  const isLiar = contradicted || wasContradicted;
  return {
    usedBytes,
    doubtedBytes: Math.round(claimedBytes - usedBytes),
    saidBytes: isLiar ? usedBytes : saidBytes,
    contradicted,
  };
}

/** Whether its own balloon driver contradicted the guest's agent lately. */
export function wasContradicted({ contradictedAtMs }: GuestMemory, nowMs: number): boolean {
  return contradictedAtMs !== undefined && nowMs - contradictedAtMs < CONTRADICTED_MS;
}

/** What the guest was given and has not touched. */
export function untouchedBytes(facts: GuestFacts, hasBytes: number, overheadBytes: number): number {
  return Math.max(0, hasBytes + overheadBytes - residentBytes(facts));
}

/** The part of it that the guest could use: with much of it, it needs no more. A pool of huge pages is not for ordinary programs. */
export function unusedBytes(facts: GuestFacts, hasBytes: number, overheadBytes: number): number {
  return Math.max(0, untouchedBytes(facts, hasBytes, overheadBytes) - (facts.report?.hugetlbBytes ?? 0));
}

function residentBytes({ processMemory }: GuestFacts): number {
  return processMemory === undefined
    ? Number.POSITIVE_INFINITY
    : processMemory.residentBytes + processMemory.swappedBytes;
}

/** Statistics from before the last change say nothing against a report. */
function usedByDriver({ balloon, stats, agent }: GuestFacts, quietSinceMs: number): number {
  if (stats === undefined || stats.updatedAtMs < quietSinceMs || balloon === undefined)
    return Number.POSITIVE_INFINITY;
  const seen = blindFigures(stats, agent?.osFamily);
  return seen === undefined
    ? Number.POSITIVE_INFINITY
    : Math.max(0, balloon.actualBytes - seen.availableBytes);
}
