/** What KSM saves is exposure: guests draw it again by writing to shared pages, as fast as they write and no faster. */
import { clamp, sum } from "../../model/bytes.ts";
import type { HostFacts } from "../../model/host.ts";
import { RECLAIM_MS } from "../learn/demand-bursts.ts";
import type { GuestNeed } from "../need/assess.ts";
import { undriven } from "../need/undriven.ts";

/** KSM's part in the ledger. */
export interface Savings {
  /** Copies that resident memory counts and the host does not hold. No process's resident memory counts zero pages. */
  readonly sharedBytes: number;
  /** What guests map of shared pages, the copy that stays included: one guest that writes to all that it maps draws that much. */
  readonly mappedBytes: number;
  /** All that could break apart, zero pages included. */
  readonly savedBytes: number;
  /** What breaks apart before taking elsewhere has replaced it, at the fastest rate remembered. */
  readonly breakingBytes: number;
}

/** Reads the kernel's counters; `breakBytesPerSecond` is the fastest break-up that is remembered. */
export function savingsOf({ ksm }: HostFacts, breakBytesPerSecond: number): Savings {
  const { savedBytes = 0, zeroBytes = 0, pagesShared = 0, pagesSharing = 0 } = ksm ?? {};
  const sharedBytes = Math.max(0, savedBytes - zeroBytes);
  return {
    sharedBytes,
    mappedBytes: pagesSharing === 0 ? 0 : sharedBytes * (1 + pagesShared / pagesSharing),
    savedBytes,
    breakingBytes: Math.min(savedBytes, (breakBytesPerSecond * RECLAIM_MS) / 1000),
  };
}

/**
 * The part of the savings that taking could not replace, if all of them broke apart and all memory was taken that guests' programs
 * do not use. This much of what is spare is not lent.
 */
export function uncoveredBytes({ savedBytes }: Savings, guests: readonly GuestNeed[]): number {
  return savedBytes === 0 ? 0 : Math.max(0, savedBytes - sum(guests, takeableBytes));
}

/** What would be free if the guest kept only what its programs use and its headroom. */
function takeableBytes({ facts, memory, actualBytes, vitalBytes }: GuestNeed): number {
  const { processMemory } = facts;
  if (processMemory === undefined || facts.inhibitions.length > 0 || undriven(facts) !== undefined) return 0;
  const insideBytes = processMemory.residentBytes + processMemory.swappedBytes - memory.overheadBytes;
  return clamp(Math.min(insideBytes, actualBytes) - vitalBytes, 0, actualBytes);
}
