/** A guest kernel's page accounting: which part holds which memory, and which part gives when a page is needed. */
import { clamp, MIB } from "../../model/bytes.ts";
import type { GuestPlan } from "../scenario.ts";

export const PAGE_BYTES = 4096;

/** Of a guest's memory that its kernel and its running programs' code never give: measured on Debian's 6.1 kernel with its agent. */
const FIXED_BYTES = 98 * MIB;
const FIXED_SHARE = 0.018;
/** Windows keeps far more for itself. */
const WINDOWS_FIXED_BYTES = 1024 * MIB;
/** Free memory below which the kernel reclaims (zone watermarks; they keep their size from boot). */
const WATERMARK_SHARE = 0.012;
const WATERMARK_MIN_BYTES = 6 * MIB;
const WATERMARK_MAX_BYTES = 192 * MIB;
/** An ordinary allocation may go below the low watermark, down to this share of it. */
const MIN_WATERMARK_SHARE = 0.5;
/** While active pages must go, this share of them was still in use: the kernel's lists are only nearly in order of use (mm/vmscan.c). */
const HOT_LEAK = 0.1;

/** Counted since boot, as `/proc/vmstat` does. */
export interface Counters {
  refaultPages: number;
  stealPages: number;
  majorFaults: number;
  swapInPages: number;
  swapOutPages: number;
  allocationStalls: number;
  oomKills: number;
  stallUs: number;
}

/**
 * kswapd's own time counts as stall time (mm/vmscan.c, `balance_pgdat`): 25 µs a page in an emulated guest, from which 667 MiB of cold
 * cache were taken. A processor that is not emulated takes some twenty-fifth of that.
 */
const RECLAIM_US_PER_PAGE = 1;

/** One boot of one guest. All fields are bytes unless named otherwise; `balloon` is what the balloon holds. */
export class Kernel {
  readonly fullBytes: number;
  readonly fixedBytes: number;
  /** Used and never touched. */
  readonly reservedBytes: number;
  readonly watermarkBytes: number;
  readonly swapTotalBytes: number;
  balloonBytes = 0;
  anonBytes = 0;
  swappedBytes = 0;
  /** Cached part of what programs read over and over. */
  hotBytes = 0;
  /** Cache on the inactive list: read once. */
  coldBytes = 0;
  /** Cache that was used and is no more, yet still on the active list. */
  staleBytes = 0;
  readonly counters: Counters = {
    refaultPages: 0,
    stealPages: 0,
    majorFaults: 0,
    swapInPages: 0,
    swapOutPages: 0,
    allocationStalls: 0,
    oomKills: 0,
    stallUs: 0,
  };

  constructor(plan: Pick<GuestPlan, "fullBytes" | "os" | "swapBytes" | "fixedBytes" | "reservedBytes">) {
    this.fullBytes = plan.fullBytes;
    this.fixedBytes = fixedBytes(plan);
    this.reservedBytes = plan.reservedBytes ?? 0;
    this.watermarkBytes = clamp(plan.fullBytes * WATERMARK_SHARE, WATERMARK_MIN_BYTES, WATERMARK_MAX_BYTES);
    this.swapTotalBytes = plan.swapBytes;
  }

  /** Logical size: QEMU's `actual`. */
  get sizeBytes(): number {
    return this.fullBytes - this.balloonBytes;
  }

  get cacheBytes(): number {
    return this.hotBytes + this.coldBytes + this.staleBytes;
  }

  get usedBytes(): number {
    return this.reservedBytes + this.touchedBytes;
  }

  /** What the host holds of it at least. */
  get touchedBytes(): number {
    return this.fixedBytes + this.anonBytes + this.cacheBytes;
  }

  get freeBytes(): number {
    return Math.max(0, this.sizeBytes - this.usedBytes);
  }

  /** MemAvailable as the kernel reckons it (mm/page_alloc.c, si_mem_available). */
  get availableBytes(): number {
    const { cacheBytes, watermarkBytes } = this;
    const spareCache = cacheBytes - Math.min(cacheBytes / 2, watermarkBytes);
    return Math.max(0, this.freeBytes - watermarkBytes + spareCache);
  }

  /** Makes room for a program's pages: free memory first, then cache, down to the minimum watermark. Returns what there is. */
  takeForPrograms(bytes: number): number {
    const fromFree = Math.min(bytes, Math.max(0, this.freeBytes - this.watermarkBytes * MIN_WATERMARK_SHARE));
    return fromFree + this.reclaim(bytes - fromFree);
  }

  /** Makes room for the cache of a read: it replaces older cache, never programs. */
  takeForCache(bytes: number): number {
    const fromFree = Math.min(bytes, Math.max(0, this.freeBytes - this.watermarkBytes));
    return fromFree + this.#fromCold(bytes - fromFree);
  }

  /** Makes room for the balloon, down to the low watermark: its allocations may not go deeper. */
  takeForBalloon(bytes: number): number {
    const fromFree = Math.min(bytes, Math.max(0, this.freeBytes - this.watermarkBytes));
    return fromFree + this.reclaim(bytes - fromFree);
  }

  /** Swaps programs' pages out where there is swap; gives what was freed. */
  swapOut(bytes: number): number {
    const moved = clamp(bytes, 0, Math.min(this.anonBytes, this.swapTotalBytes - this.swappedBytes));
    this.anonBytes -= moved;
    this.swappedBytes += moved;
    this.counters.swapOutPages += moved / PAGE_BYTES;
    return moved;
  }

  /** Drops cache, coldest first; gives what was freed. */
  reclaim(bytes: number): number {
    if (bytes <= 0) return 0;
    const cold = this.#fromCold(bytes);
    const active = this.#fromActive(bytes - cold);
    const pages = (cold + active) / PAGE_BYTES;
    this.counters.stealPages += pages;
    this.counters.stallUs += pages * RECLAIM_US_PER_PAGE;
    return cold + active;
  }

  #fromCold(bytes: number): number {
    const cold = Math.min(Math.max(0, bytes), this.coldBytes);
    this.coldBytes -= cold;
    return cold;
  }

  #fromActive(bytes: number): number {
    const hotFirst = Math.min(bytes * HOT_LEAK, this.hotBytes);
    const stale = Math.min(Math.max(0, bytes - hotFirst), this.staleBytes);
    const hot = Math.min(Math.max(0, bytes - stale), this.hotBytes);
    this.staleBytes -= stale;
    this.hotBytes -= hot;
    return stale + hot;
  }
}

/** What a guest needs whatever its programs do. */
export function fixedBytes({
  fullBytes,
  os,
  ...plan
}: Pick<GuestPlan, "fullBytes" | "os" | "fixedBytes">): number {
  if (plan.fixedBytes !== undefined) return plan.fixedBytes;
  return Math.round((os === "windows" ? WINDOWS_FIXED_BYTES : FIXED_BYTES) + fullBytes * FIXED_SHARE);
}
