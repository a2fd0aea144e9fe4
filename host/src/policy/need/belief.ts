/** How far a guest's own word is believed: a guest may be mistaken, compromised or greedy, the host's figures are not. */
import { MIB } from "../../model/bytes.ts";
import type { GuestFacts } from "../../model/guest.ts";
import { blindFigures } from "./balloon-stats.ts";

/** What use may exceed held memory by: watermarks and other pages that a kernel counts as used and never touched. */
const SLACK_BYTES = 64 * MIB;
const SLACK_SHARE = 0.04;

/** What a guest may be taken to use. */
export interface Belief {
  readonly usedBytes: number;
  /** Claimed beyond what can be seen of it: not believed. */
  readonly doubtedBytes: number;
}

/**
 * Memory that a guest uses is memory that its QEMU process holds (resident or swapped out), so claims beyond that are not
 * believed. Nor are those that the guest's own balloon driver contradicts, asked when neither the balloon moved nor the guest grew
 * any more: since `quietSinceMs`.
 */
export function believe(facts: GuestFacts, claimedBytes: number, quietSinceMs: number): Belief {
  const slackBytes = Math.max(SLACK_BYTES, facts.limits.maxBytes * SLACK_SHARE);
  const mostBytes = Math.min(residentBytes(facts), usedByDriver(facts, quietSinceMs)) + slackBytes;
  const usedBytes = Math.round(Math.min(claimedBytes, mostBytes));
  return { usedBytes, doubtedBytes: Math.round(claimedBytes - usedBytes) };
}

/** What the guest was given and has not touched: who has much of it needs no more. */
export function untouchedBytes(facts: GuestFacts, hasBytes: number, overheadBytes: number): number {
  return Math.max(0, hasBytes + overheadBytes - residentBytes(facts));
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
