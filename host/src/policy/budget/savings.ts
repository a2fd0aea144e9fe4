/** What KSM saves: memory that guests can draw by writing to shared pages, as fast as they write and no faster. */
import { clamp, sum } from "../../model/bytes.ts";
import type { HostFacts } from "../../model/host.ts";
import { RECLAIM_MS } from "../learn/demand-bursts.ts";
import type { GuestNeed } from "../need/assess.ts";

/** KSM's part in the ledger. */
export interface Savings {
  /** Copies that resident memory counts and the host does not hold. Zero pages are in no process's resident memory. */
  readonly sharedBytes: number;
  /** All that could break apart, zero pages included. */
  readonly savedBytes: number;
  /** What breaks apart before taking elsewhere has made up for it, if it goes on as fast as it was seen to. */
  readonly breakingBytes: number;
}

/** Reads the kernel's counters; `breakBytesPerSecond` is the fastest break-up that is remembered. */
export function savingsOf({ ksm }: HostFacts, breakBytesPerSecond: number): Savings {
  const { savedBytes = 0, zeroBytes = 0 } = ksm ?? {};
  return {
    sharedBytes: Math.max(0, savedBytes - zeroBytes),
    savedBytes,
    breakingBytes: Math.min(savedBytes, (breakBytesPerSecond * RECLAIM_MS) / 1000),
  };
}

/**
 * The part of the savings that taking could not make up for, if all of them broke apart and everything was taken that guests' programs
 * do not use. So much of what is spare is not lent.
 */
export function uncoveredBytes({ savedBytes }: Savings, guests: readonly GuestNeed[]): number {
  return savedBytes === 0 ? 0 : Math.max(0, savedBytes - sum(guests, takeableBytes));
}

/** What taking down to what its programs use and their room to grow would free. */
function takeableBytes({ facts, memory, actualBytes, vitalBytes }: GuestNeed): number {
  const { processMemory } = facts;
  if (processMemory === undefined || facts.inhibitions.length > 0) return 0;
  const insideBytes = processMemory.residentBytes + processMemory.swappedBytes - memory.overheadBytes;
  return clamp(Math.min(insideBytes, actualBytes) - vitalBytes, 0, actualBytes);
}
