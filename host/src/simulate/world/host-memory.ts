/** The simulated host's memory: its own use, ZFS's cache, what guests hold, what KSM saves; and what happens when it runs out. */
import { clamp, MIB } from "../../model/bytes.ts";
import type { KsmFacts } from "../../model/host.ts";
import type { HostPlan } from "../scenario.ts";

/** ZFS gives its cache back at about this speed, and takes free memory more slowly. */
const ARC_SHRINKS_BYTES_PER_MS = (1024 * MIB) / 1000;
const ARC_GROWS_BYTES_PER_MS = (200 * MIB) / 1000;
/** ZFS leaves this share of memory free (arc_sys_free). */
const ARC_LEAVES_SHARE = 1 / 64;
/** Below this share of free memory tasks wait for memory. */
const STALL_BELOW_SHARE = 0.02;
const STALL_MOST_PERCENT = 40;
const AVG10_MS = 10_000;
const PAGE_BYTES = 4096;

/** State of the host. */
export class HostMemory {
  readonly #plan: HostPlan;
  arcBytes: number;
  swappedBytes = 0;
  psiSomeAvg10 = 0;
  /** Time in which more was wanted than there is. */
  shortMs = 0;
  /** Free memory at the last step; negative: wanted and not there. */
  freeBytes = 0;

  constructor(plan: HostPlan) {
    this.#plan = plan;
    this.arcBytes = plan.arc?.maxBytes ?? 0;
  }

  get arcMinBytes(): number {
    return this.#plan.arc?.minBytes ?? 0;
  }

  /** MemAvailable: ZFS's cache is not in it. */
  get availableBytes(): number {
    return Math.max(0, Math.round(this.freeBytes));
  }

  ownBytes(nowMs: number): number {
    return ownBytesAt(this.#plan, nowMs);
  }

  savedBytes(nowMs: number): number {
    return savedBytesAt(this.#plan, nowMs);
  }

  ksmFacts(nowMs: number): KsmFacts | undefined {
    if (this.#plan.ksm === undefined) return undefined;
    const savedBytes = this.savedBytes(nowMs);
    const pagesSharing = Math.round(savedBytes / PAGE_BYTES);
    return { run: 1, pagesSharing, pagesShared: Math.round(pagesSharing / 4), savedBytes };
  }

  /** ZFS gives no more, and nothing is free: a program that needs a page now is killed. */
  get isExhausted(): boolean {
    return this.freeBytes < 0 && this.arcBytes <= this.arcMinBytes;
  }

  /** Lets time pass with guests holding `heldBytes`; what cannot be had is counted and swapped where there is swap. */
  advance(nowMs: number, elapsedMs: number, heldBytes: number): void {
    const { totalBytes, swapBytes } = this.#plan;
    const others = this.ownBytes(nowMs) + heldBytes - this.savedBytes(nowMs);
    this.#moveArc(totalBytes - others, elapsedMs);
    const overBytes = others + this.arcBytes - totalBytes;
    this.swappedBytes = clamp(overBytes, 0, swapBytes);
    this.freeBytes = this.swappedBytes - overBytes;
    if (overBytes > 0) this.shortMs += elapsedMs;
    const stallPercent =
      clamp(1 - this.freeBytes / (totalBytes * STALL_BELOW_SHARE), 0, 1) * STALL_MOST_PERCENT;
    this.psiSomeAvg10 += (stallPercent - this.psiSomeAvg10) * (1 - Math.exp(-elapsedMs / AVG10_MS));
  }

  #moveArc(roomBytes: number, elapsedMs: number): void {
    const { arc, totalBytes } = this.#plan;
    if (arc === undefined) return;
    const wished = clamp(roomBytes - totalBytes * ARC_LEAVES_SHARE, arc.minBytes, arc.maxBytes);
    // The world begins with a cache that has found its size.
    if (elapsedMs === 0) this.arcBytes = wished;
    const step = clamp(
      wished - this.arcBytes,
      -ARC_SHRINKS_BYTES_PER_MS * elapsedMs,
      ARC_GROWS_BYTES_PER_MS * elapsedMs,
    );
    this.arcBytes += step;
  }
}

/** What the host's own programs use at a time. */
export function ownBytesAt(plan: HostPlan, atMs: number): number {
  let bytes = 0;
  for (const step of plan.own) if (step.fromMs <= atMs) bytes = step.bytes;
  return bytes;
}

/** What KSM saves at a time: pages break apart as guests write to them. */
export function savedBytesAt({ ksm }: HostPlan, atMs: number): number {
  if (ksm === undefined) return 0;
  const broken = clamp((atMs - ksm.breaksAtMs) / Math.max(1, ksm.breaksWithinMs), 0, 1);
  return Math.round(ksm.savedBytes * (1 - broken));
}
