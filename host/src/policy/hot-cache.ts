/** Learns how much of a guest's page cache is read again. */
import type { GuestReport } from "../model/guest.ts";
import type { Regime } from "../model/plan.ts";
import type { CacheMemory } from "./memory.ts";

/** Share of the cache that is believed hot where the kernel does not say which pages were used twice. */
const FIRST_GUESS = 0.5;
/** Refaults that count as missing hot cache: this share of the cache's pages each second, and at least this many. */
const THRASH_SHARE_PER_SECOND = 0.001;
const THRASH_PAGES_PER_SECOND = 32;
const PAGE_BYTES = 4096;
/** What is added for a refaulted byte: the pages around it will be missed next. */
const GROWTH_PER_REFAULT = 4;
/** Room above the last size at which nothing was missed. */
const QUIET_MARGIN = 1.05;
/** Below this share of the estimate the cache is still coming back: its refaults tell nothing new. */
const REFILLED_SHARE = 0.95;
/** A clean probe lowers the estimate to this. */
const CLEAN_PROBE_FACTOR = 0.95;
const PROBE_MAX_MS = 10 * 60_000;
/** Counters closer together than this say nothing. */
const MIN_WINDOW_MS = 400;
/** A cache growing by this share a second is being filled; cold reads are not refaults. */
const FILLING_SHARE_PER_SECOND = 0.02;

/**
 * Neither available memory nor pressure stall tells how much cache a guest needs: throughput falls by an order of magnitude
 * while a quarter of memory still counts as available. Refaults (pages read again soon after they were evicted; Linux
 * mm/workingset.c) do tell, so they are the judge: they raise the estimate at once, quiet probing lowers it slowly. It begins
 * with what the kernel keeps on its active list (pages used more than once).
 */
export function learnHotCache(
  memory: CacheMemory,
  report: GuestReport,
  regime: Regime,
  nowMs: number,
): CacheMemory {
  const windowMs = report.sampledAtMs - (memory.sampledAtMs ?? report.sampledAtMs);
  if (memory.sampledAtMs === undefined || windowMs < 0) return firstSample(memory, report, nowMs);
  if (windowMs < MIN_WINDOW_MS) return memory;
  const { cacheBytes = 0, refaultFilePagesTotal: refaults = 0 } = report;
  const missedPages = Math.max(0, refaults - (memory.refaultPagesTotal ?? refaults));
  const refaultsPerSecond = (missedPages * 1000) / windowMs;
  const grownBytes = cacheBytes - (memory.cacheBytes ?? cacheBytes);
  const filling = (grownBytes * 1000) / windowMs > cacheBytes * FILLING_SHARE_PER_SECOND;
  const sampled = { ...withSample(memory, report), refaultsPerSecond, filling };
  if (isThrashing(refaultsPerSecond, cacheBytes)) return missed(sampled, missedPages, nowMs);
  const hotBytes = regime === "ample" ? seenHot(report) : grownHot(memory, report, grownBytes);
  return probed({ ...sampled, hotBytes, quietBytes: cacheBytes }, regime, nowMs);
}

/** Whether the guest misses cache that was taken from it. */
export function isThrashing(refaultsPerSecond: number, cacheBytes: number): boolean {
  const pages = cacheBytes / PAGE_BYTES;
  return refaultsPerSecond > Math.max(THRASH_PAGES_PER_SECOND, pages * THRASH_SHARE_PER_SECOND);
}

/** What looks hot while nothing is taken. */
function seenHot({ activeCacheBytes, cacheBytes = 0 }: GuestReport): number {
  return activeCacheBytes ?? Math.round(cacheBytes * FIRST_GUESS);
}

/** What came to be used more than once since the last sample is hot too; of a first read nothing is known yet. */
function grownHot(memory: CacheMemory, report: GuestReport, grownBytes: number): number {
  const hotBytes = memory.hotBytes ?? seenHot(report);
  const { activeCacheBytes } = report;
  if (activeCacheBytes === undefined) return Math.round(hotBytes + Math.max(0, grownBytes) * FIRST_GUESS);
  const activatedBytes = Math.max(0, activeCacheBytes - (memory.activeBytes ?? activeCacheBytes));
  return Math.max(hotBytes, Math.min(hotBytes + activatedBytes, activeCacheBytes));
}

function withSample(memory: CacheMemory, report: GuestReport): CacheMemory {
  const { refaultFilePagesTotal, cacheBytes, activeCacheBytes } = report;
  return {
    ...memory,
    sampledAtMs: report.sampledAtMs,
    ...(refaultFilePagesTotal !== undefined && { refaultPagesTotal: refaultFilePagesTotal }),
    ...(cacheBytes !== undefined && { cacheBytes }),
    ...(activeCacheBytes !== undefined && { activeBytes: activeCacheBytes }),
  };
}

function firstSample(memory: CacheMemory, report: GuestReport, nowMs: number): CacheMemory {
  const nextProbeAtMs = Math.max(memory.nextProbeAtMs, nowMs + memory.probeIntervalMs);
  const hotBytes = memory.hotBytes ?? seenHot(report);
  const quietBytes = report.cacheBytes ?? 0;
  const sampled = withSample(memory, report);
  return { ...sampled, hotBytes, quietBytes, refaultsPerSecond: 0, filling: false, nextProbeAtMs };
}

function missed(memory: CacheMemory, missedPages: number, nowMs: number): CacheMemory {
  const { hotBytes = 0, cacheBytes = 0, quietBytes = cacheBytes } = memory;
  const isBack = cacheBytes >= hotBytes * REFILLED_SHARE;
  const probeIntervalMs = Math.min(PROBE_MAX_MS, memory.probeIntervalMs * (isBack ? 2 : 1));
  const missedBytes = missedPages * PAGE_BYTES * GROWTH_PER_REFAULT;
  const wanted = isBack ? Math.max(quietBytes * QUIET_MARGIN, hotBytes + missedBytes) : hotBytes;
  return {
    ...memory,
    hotBytes: Math.round(wanted),
    probeIntervalMs,
    nextProbeAtMs: nowMs + probeIntervalMs,
  };
}

function probed(memory: CacheMemory, regime: Regime, nowMs: number): CacheMemory {
  if (regime === "ample" || nowMs < memory.nextProbeAtMs) return memory;
  return {
    ...memory,
    hotBytes: Math.round((memory.hotBytes ?? 0) * CLEAN_PROBE_FACTOR),
    nextProbeAtMs: nowMs + memory.probeIntervalMs,
  };
}
