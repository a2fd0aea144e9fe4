import type { GuestReport } from "../model/guest.ts";
import type { Regime } from "../model/plan.ts";
import type { CacheMemory } from "./memory.ts";

/** Share of the cache that is believed hot before anything is known. */
const FIRST_GUESS = 0.5;
/** Refaults that count as missing hot cache: this share of the cache's pages each second, or this many. */
const THRASH_SHARE_PER_SECOND = 0.005;
const THRASH_PAGES_PER_SECOND = 64;
const PAGE_BYTES = 4096;
/** What is given back for a refaulted byte: the pages around it will be missed next. */
const GROWTH_PER_REFAULT = 4;
/** A clean probe lowers the estimate to this. */
const CLEAN_PROBE_FACTOR = 0.9;
const PROBE_MIN_MS = 10_000;
const PROBE_MAX_MS = 10 * 60_000;
/** Counters closer together than this say nothing. */
const MIN_WINDOW_MS = 400;
/** A cache growing by this share a second is being filled; cold reads are not refaults. */
const FILLING_SHARE_PER_SECOND = 0.02;

/**
 * Learns how much of a guest's page cache is read again. Neither available memory nor pressure stall tells: throughput
 * falls by an order of magnitude while a quarter of memory still counts as available. Refaults (pages read again
 * soon after they were evicted; Linux mm/workingset.c) do tell, so they are the judge: they raise the estimate at once,
 * quiet probing lowers it slowly.
 */
export function learnHotCache(
  memory: CacheMemory,
  report: GuestReport,
  regime: Regime,
  nowMs: number,
): CacheMemory {
  const cacheBytes = report.cacheBytes ?? 0;
  const hotBytes = memory.hotBytes ?? cacheBytes * FIRST_GUESS;
  const windowMs = report.sampledAtMs - (memory.sampledAtMs ?? report.sampledAtMs);
  if (memory.sampledAtMs === undefined || windowMs < 0) return firstSample(memory, report, hotBytes, nowMs);
  if (windowMs < MIN_WINDOW_MS) return memory;
  const missedPages = Math.max(
    0,
    (report.refaultFilePagesTotal ?? 0) - (memory.refaultPagesTotal ?? report.refaultFilePagesTotal ?? 0),
  );
  const perSecond = (missedPages * 1000) / windowMs;
  const grownBytes = cacheBytes - (memory.cacheBytes ?? cacheBytes);
  const sampled = {
    ...withSample(memory, report),
    refaultsPerSecond: perSecond,
    filling: (grownBytes * 1000) / windowMs > cacheBytes * FILLING_SHARE_PER_SECOND,
  };
  if (isThrashing(perSecond, cacheBytes))
    return missed(sampled, hotBytes, missedPages, memory.cacheBytes ?? 0, nowMs);
  // Nothing is known yet of what was just read for the first time.
  return probed(sampled, Math.round(hotBytes + Math.max(0, grownBytes) * FIRST_GUESS), regime, nowMs);
}

/** Whether the guest misses cache that was taken from it. */
export function isThrashing(refaultsPerSecond: number, cacheBytes: number): boolean {
  const pages = cacheBytes / PAGE_BYTES;
  return refaultsPerSecond > Math.max(THRASH_PAGES_PER_SECOND, pages * THRASH_SHARE_PER_SECOND);
}

function withSample(memory: CacheMemory, report: GuestReport): CacheMemory {
  return {
    ...memory,
    sampledAtMs: report.sampledAtMs,
    ...(report.refaultFilePagesTotal !== undefined && { refaultPagesTotal: report.refaultFilePagesTotal }),
    ...(report.cacheBytes !== undefined && { cacheBytes: report.cacheBytes }),
  };
}

function firstSample(memory: CacheMemory, report: GuestReport, hotBytes: number, nowMs: number): CacheMemory {
  const nextProbeAtMs = Math.max(memory.nextProbeAtMs, nowMs + memory.probeIntervalMs);
  return { ...withSample(memory, report), hotBytes, refaultsPerSecond: 0, filling: false, nextProbeAtMs };
}

function missed(
  memory: CacheMemory,
  hotBytes: number,
  missedPages: number,
  cacheBeforeBytes: number,
  nowMs: number,
): CacheMemory {
  const probeIntervalMs = Math.min(PROBE_MAX_MS, memory.probeIntervalMs * 2);
  const missedBytes = missedPages * PAGE_BYTES * GROWTH_PER_REFAULT;
  return {
    ...memory,
    hotBytes: Math.round(Math.max(hotBytes, cacheBeforeBytes) + missedBytes),
    probeIntervalMs,
    nextProbeAtMs: nowMs + probeIntervalMs,
  };
}

function probed(memory: CacheMemory, hotBytes: number, regime: Regime, nowMs: number): CacheMemory {
  // With plenty for all nothing is taken, so the cache shows its true size, and no more than that can be hot.
  if (regime === "ample") return { ...memory, hotBytes: Math.min(hotBytes, memory.cacheBytes ?? hotBytes) };
  if (nowMs < memory.nextProbeAtMs) return { ...memory, hotBytes };
  return {
    ...memory,
    hotBytes: Math.round(hotBytes * CLEAN_PROBE_FACTOR),
    probeIntervalMs: Math.max(PROBE_MIN_MS, memory.probeIntervalMs),
    nextProbeAtMs: nowMs + memory.probeIntervalMs,
  };
}
