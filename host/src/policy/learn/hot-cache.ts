/** Cache is hot if the guest misses it when it is gone: refaults raise the estimate at once, gentle probes lower it. */
import { MIB } from "../../model/bytes.ts";
import type { GuestReport, RememberedHotCache } from "../../model/guest.ts";
import { type Regime, worse } from "../../model/plan.ts";
import type { CacheMemory } from "../memory.ts";
import { FIRST_GUESS, firstHotCache, revived, seenHot } from "./first-hot-cache.ts";

/**
 * Hot cache is missing from this many misses per second. It is no share of the cache: each miss waits for a disk, so a few dozen
 * per second cost a reader some percent of its time, however large the cache is (Meta's Senpai backs off at 10 ms stall in 6 s).
 * In a shortage more misses are acceptable, but never so many that a slow disk cannot do them: 400 a second are all that a busy
 * storage gives one guest, and a reader over the cliff would never be seen.
 */
const THRASH_PAGES_PER_SECOND: Readonly<Record<Regime, number>> = {
  ample: 40,
  tight: 40,
  scarce: 100,
  critical: 100,
};
/** In a shortage a guest may miss this share of what the worst guest misses. */
const BALANCE_SHARE = 0.5;
/** Page size where the agent does not report its own. */
const USUAL_PAGE_BYTES = 4096;
/** Bytes added for each missed byte: the pages around it will be missed next. */
const GROWTH_PER_MISS = 4;
/** Below this share of the estimate the cache is still being read back: its misses are no news. */
const REFILLED_SHARE = 0.98;
/** The first probe takes this share of the cache. After each probe without misses the next one takes twice as much. */
const FIRST_PROBE_SHARE = 0.0025;
/** The first probe takes at least this: less would be lost in noise. */
const FIRST_PROBE_BYTES = 8 * MIB;
/** No probe takes more than this share of the cache: what is missed must be read again. */
const LARGEST_PROBE_SHARE = 0.08;
/** Time between two probes: misses of the last one must have had time to show. */
const PROBE_EVERY_MS = 8_000;
/** After a probe that was missed, the time to the next one grows by this factor. */
const BACK_OFF_FACTOR = 4;
/** The time to the next probe grows no further than this. */
const BACK_OFF_MAX_MS = 30 * 60_000;
/** What was just given back is not taken again sooner: no guest shall change direction twice within this time. */
const BACK_OFF_LEAST_MS = 100_000;
/** Two readings closer together than this give no rate. */
const MIN_WINDOW_MS = 400;
/** A cache that grows by this share per second is being filled. Cold reads are not refaults. */
const FILLING_SHARE_PER_SECOND = 0.02;

/** The circumstances under which a report was made. */
export interface CacheScene {
  readonly regime: Regime;
  /** The guest has no more than its floor, so the estimate is being tested. */
  readonly tested: boolean;
  /** The guest has at least its floor: what it misses now is beyond the estimate. */
  readonly served: boolean;
  /** Misses of the guest that misses most. In a shortage misses are balanced: no guest thrashes beside an idle cache. */
  readonly worstMissesPerSecond: number;
}

/**
 * Updates the estimate of hot cache from one report.
 *
 * Neither available memory nor pressure stall tells how much cache a guest needs: throughput falls by an order of magnitude while a
 * quarter of memory still counts as available. Refaults do tell: pages that are read again soon after they were evicted (Linux
 * mm/workingset.c). They restore the estimate at once; gentle probing lowers it. The estimate begins with the kernel's active list
 * (pages used more than once), or with what was learned before the broker was started anew. It is not lowered before it was tested: while the guest has more than its floor, nothing is known.
 */
export function learnHotCache(
  memory: CacheMemory,
  report: GuestReport,
  scene: CacheScene,
  nowMs: number,
  remembered?: RememberedHotCache,
): CacheMemory {
  const windowMs = report.sampledAtMs - (memory.sampledAtMs ?? report.sampledAtMs);
  if (memory.sampledAtMs === undefined || windowMs < 0) return firstSample(memory, report, nowMs, remembered);
  if (windowMs < MIN_WINDOW_MS) return memory;
  const { cacheBytes = 0 } = report;
  const missedPages = Math.max(0, missesTotal(report) - (memory.missedPagesTotal ?? missesTotal(report)));
  const missesPerSecond = (missedPages * 1000) / windowMs;
  const grownBytes = cacheBytes - (memory.cacheBytes ?? cacheBytes);
  const filling = (grownBytes * 1000) / windowMs > cacheBytes * FILLING_SHARE_PER_SECOND;
  const missing = missesPerSecond > threshold(scene);
  const sampled = { ...withSample(memory, report), missesPerSecond, filling, missing };
  if (missing) {
    const missedBytes = missedPages * (report.pageSizeBytes ?? USUAL_PAGE_BYTES);
    return missed(sampled, missedBytes, !memory.missing, scene, nowMs);
  }
  const grown = grownHot(memory, report, grownBytes);
  const hotBytes = scene.regime === "ample" ? revived(grown, seenHot(report), windowMs) : grown;
  return probed({ ...sampled, hotBytes, quietBytes: warmBytes(report) }, scene, nowMs);
}

/** Misses per second from which a guest is short of cache. In a shortage it must bear a part of what the worst guest misses. */
function threshold({ regime, worstMissesPerSecond }: CacheScene): number {
  const own = THRASH_PAGES_PER_SECOND[regime];
  return worse(regime, "tight") ? Math.max(own, worstMissesPerSecond * BALANCE_SHARE) : own;
}

/** Pages missed since boot: refaults and pages swapped in, or major faults where the kernel does not count refaults. */
function missesTotal({
  refaultFilePagesTotal,
  majorFaultsTotal = 0,
  swapInPagesTotal = 0,
}: GuestReport): number {
  return refaultFilePagesTotal === undefined ? majorFaultsTotal : refaultFilePagesTotal + swapInPagesTotal;
}

/** Cache that was used more than once, where the kernel tells it. Data that is read once is no evidence of need. */
function warmBytes({ activeCacheBytes, cacheBytes = 0 }: GuestReport): number {
  return activeCacheBytes ?? cacheBytes;
}

/** Adds cache that was used a second time since the last sample. Of cache that was read once nothing is known yet. */
function grownHot(memory: CacheMemory, report: GuestReport, grownBytes: number): number {
  const hotBytes = memory.hotBytes ?? seenHot(report);
  const { activeCacheBytes } = report;
  if (activeCacheBytes === undefined) return Math.round(hotBytes + Math.max(0, grownBytes) * FIRST_GUESS);
  const activatedBytes = Math.max(0, activeCacheBytes - (memory.activeBytes ?? activeCacheBytes));
  return Math.max(hotBytes, Math.min(hotBytes + activatedBytes, activeCacheBytes));
}

function withSample(memory: CacheMemory, report: GuestReport): CacheMemory {
  const { cacheBytes, activeCacheBytes } = report;
  return {
    ...memory,
    sampledAtMs: report.sampledAtMs,
    missedPagesTotal: missesTotal(report),
    ...(cacheBytes !== undefined && { cacheBytes }),
    ...(activeCacheBytes !== undefined && { activeBytes: activeCacheBytes }),
  };
}

function firstSample(
  memory: CacheMemory,
  report: GuestReport,
  nowMs: number,
  remembered: RememberedHotCache | undefined,
): CacheMemory {
  const nextProbeAtMs = Math.max(memory.nextProbeAtMs, nowMs + memory.probeIntervalMs);
  const hotBytes = memory.hotBytes ?? firstHotCache(report, remembered, nowMs);
  const quietBytes = warmBytes(report);
  const fresh = { missesPerSecond: 0, filling: false, missing: false };
  return { ...withSample(memory, report), ...fresh, hotBytes, quietBytes, nextProbeAtMs };
}

function missed(
  memory: CacheMemory,
  missedBytes: number,
  isNew: boolean,
  scene: CacheScene,
  nowMs: number,
): CacheMemory {
  const { hotBytes = 0, cacheBytes = 0, quietBytes = cacheBytes, soundBytes } = memory;
  const isBack = scene.served && cacheBytes >= hotBytes * REFILLED_SHARE;
  const probeIntervalMs = Math.min(BACK_OFF_MAX_MS, memory.probeIntervalMs * (isBack ? BACK_OFF_FACTOR : 1));
  // An estimate that held for long is enough, unless the guest has that much and misses now.
  const isSound = soundBytes !== undefined && !(isNew && hotBytes >= soundBytes);
  const wanted = isBack
    ? Math.max(isSound ? soundBytes : quietBytes, hotBytes + missedBytes * GROWTH_PER_MISS)
    : hotBytes;
  return {
    ...memory,
    ...(isBack && isNew && { failedBytes: hotBytes }),
    hotBytes: Math.round(wanted),
    probeBytes: 0,
    backedOffIn: scene.regime,
    probeIntervalMs,
    nextProbeAtMs: nowMs + Math.max(BACK_OFF_LEAST_MS, probeIntervalMs),
  };
}

/** Lowers the estimate a little, if a probe is due and the last one was not missed. */
function probed(memory: CacheMemory, scene: CacheScene, nowMs: number): CacheMemory {
  const { regime, tested } = scene;
  if (regime === "ample" || !tested || !isDue(memory, scene, nowMs)) return memory;
  const { failedBytes, soundBytes: _sound, ...rest } = memory;
  const { hotBytes = 0, cacheBytes = 0 } = memory;
  const first = Math.max(FIRST_PROBE_BYTES, cacheBytes * FIRST_PROBE_SHARE);
  // A failed estimate says little once memory is shorter, and nothing once less was enough.
  const isKnown = failedBytes !== undefined && failedBytes < hotBytes && !isShorter(memory, scene);
  const probeBytes = isKnown
    ? Math.max(first, (hotBytes - failedBytes) / 2)
    : Math.min(Math.max(first, memory.probeBytes * 2), Math.max(first, cacheBytes * LARGEST_PROBE_SHARE));
  const intervalMs = isKnown ? Math.max(PROBE_EVERY_MS, memory.probeIntervalMs) : PROBE_EVERY_MS;
  return {
    ...rest,
    ...(isKnown && { failedBytes, soundBytes: hotBytes }),
    hotBytes: Math.max(0, Math.round(hotBytes - probeBytes)),
    probeBytes: isKnown ? 0 : probeBytes,
    backedOffIn: regime,
    probedAtMs: nowMs,
    nextProbeAtMs: nowMs + intervalMs,
  };
}

function isShorter({ backedOffIn }: CacheMemory, { regime }: CacheScene): boolean {
  return worse(regime, backedOffIn ?? regime);
}

/** Whether a probe is due. A back-off ends early when memory gets shorter, and while another guest misses far more. */
function isDue(memory: CacheMemory, { regime, worstMissesPerSecond }: CacheScene, nowMs: number): boolean {
  if (nowMs >= memory.nextProbeAtMs || worse(regime, memory.backedOffIn ?? regime)) return true;
  const isNeeded = worse(regime, "tight") && worstMissesPerSecond > 2 * THRASH_PAGES_PER_SECOND[regime];
  return isNeeded && nowMs - (memory.probedAtMs ?? Number.NEGATIVE_INFINITY) >= PROBE_EVERY_MS;
}
