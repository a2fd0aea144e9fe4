/** Learns how much of a guest's page cache is read again. */
import { MIB } from "../../model/bytes.ts";
import type { GuestReport } from "../../model/guest.ts";
import { type Regime, worse } from "../../model/plan.ts";
import type { CacheMemory } from "../memory.ts";

/** Share of the cache that is believed hot where the kernel does not say which pages were used twice. */
const FIRST_GUESS = 0.5;
/**
 * Misses a second from which hot cache is missing. Not a share of the cache: each miss waits for a disk, so that a few dozen a
 * second cost a reader some percent of its time however large the cache is (Meta's Senpai backs off at 10 ms stall in 6 s).
 * The shorter memory is, the more of it is worth saving elsewhere.
 */
const THRASH_PAGES_PER_SECOND: Readonly<Record<Regime, number>> = {
  ample: 40,
  tight: 40,
  scarce: 100,
  critical: 400,
};
/** Misses of guests are balanced to within this share. */
const BALANCE_SHARE = 0.5;
/** Where the agent did not tell its own. */
const USUAL_PAGE_BYTES = 4096;
/** What is added for a missed byte: the pages around it will be missed next. */
const GROWTH_PER_MISS = 4;
/** Below this share of the estimate the cache is still coming back: its misses tell nothing new. */
const REFILLED_SHARE = 0.98;
/** A probe takes at first this share of the cache, twice as much after each one that nothing missed, never more than the last share. */
const FIRST_PROBE_SHARE = 0.0025;
const FIRST_PROBE_BYTES = 8 * MIB;
const LARGEST_PROBE_SHARE = 0.08;
const PROBE_EVERY_MS = 8_000;
/** A probe that was missed puts the next one off, the longer the more often it happens. */
const BACK_OFF_FACTOR = 4;
const BACK_OFF_MAX_MS = 30 * 60_000;
/** What was just given back is not taken again so soon: no guest is to turn twice in 100 s. */
const BACK_OFF_LEAST_MS = 100_000;
/** Counters closer together than this say nothing. */
const MIN_WINDOW_MS = 400;
/** A cache growing by this share a second is being filled; cold reads are not refaults. */
const FILLING_SHARE_PER_SECOND = 0.02;
/** While nothing is taken, what was found to be cold is slowly believed to be hot again: nobody sees hits. */
const REVIVAL_MS = 30 * 60_000;

/** Under which circumstances a report was made. */
export interface CacheScene {
  readonly regime: Regime;
  /** The guest has no more than its floor, so that the estimate is put to the test. */
  readonly tested: boolean;
  /** The guest has at least its floor: what it misses now is beyond the estimate. */
  readonly served: boolean;
  /** The most that any guest misses: in a shortage misses are balanced, so that nobody thrashes beside an idle cache. */
  readonly worstMissesPerSecond: number;
}

/**
 * Neither available memory nor pressure stall tells how much cache a guest needs: throughput falls by an order of magnitude
 * while a quarter of memory still counts as available. Refaults (pages read again soon after they were evicted; Linux
 * mm/workingset.c) do tell, so they are the judge: they restore the estimate at once, gentle probing lowers it. It begins
 * with what the kernel keeps on its active list (pages used more than once), and never falls below what was tested: an
 * estimate that no squeeze has tried yet is not lowered further.
 */
export function learnHotCache(
  memory: CacheMemory,
  report: GuestReport,
  scene: CacheScene,
  nowMs: number,
): CacheMemory {
  const windowMs = report.sampledAtMs - (memory.sampledAtMs ?? report.sampledAtMs);
  if (memory.sampledAtMs === undefined || windowMs < 0) return firstSample(memory, report, nowMs);
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

/** Misses from which a guest is short of cache; beside one that misses more, what it has is too much. */
function threshold({ regime, worstMissesPerSecond }: CacheScene): number {
  const own = THRASH_PAGES_PER_SECOND[regime];
  return worse(regime, "tight") ? Math.max(own, worstMissesPerSecond * BALANCE_SHARE) : own;
}

/** Pages that were missed since boot: refaults and pages swapped in; major faults where the kernel does not count refaults. */
function missesTotal({
  refaultFilePagesTotal,
  majorFaultsTotal = 0,
  swapInPagesTotal = 0,
}: GuestReport): number {
  return refaultFilePagesTotal === undefined ? majorFaultsTotal : refaultFilePagesTotal + swapInPagesTotal;
}

/** Cache that was used more than once, where the kernel says so: what streams through is no evidence of need. */
function warmBytes({ activeCacheBytes, cacheBytes = 0 }: GuestReport): number {
  return activeCacheBytes ?? cacheBytes;
}

/** What looks hot while nothing is taken, and before anything was learned. */
export function seenHot({ activeCacheBytes, cacheBytes = 0 }: GuestReport): number {
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

function revived(hotBytes: number, seenBytes: number, windowMs: number): number {
  const share = 1 - Math.exp(-windowMs / REVIVAL_MS);
  return Math.round(hotBytes + Math.max(0, seenBytes - hotBytes) * share);
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

function firstSample(memory: CacheMemory, report: GuestReport, nowMs: number): CacheMemory {
  const nextProbeAtMs = Math.max(memory.nextProbeAtMs, nowMs + memory.probeIntervalMs);
  const hotBytes = memory.hotBytes ?? seenHot(report);
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
  // What stood the test for long is enough, unless it is just that which is missed now.
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

/** Takes a little more where what was taken is not missed. */
function probed(memory: CacheMemory, scene: CacheScene, nowMs: number): CacheMemory {
  const { regime, tested } = scene;
  if (regime === "ample" || !tested || !isDue(memory, scene, nowMs)) return memory;
  const { failedBytes, soundBytes: _sound, ...rest } = memory;
  const { hotBytes = 0, cacheBytes = 0 } = memory;
  const first = Math.max(FIRST_PROBE_BYTES, cacheBytes * FIRST_PROBE_SHARE);
  // What failed says little where memory is shorter, and nothing once less was enough.
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

/** A back-off ends early when memory gets shorter, and while another guest misses far more than this one. */
function isDue(memory: CacheMemory, { regime, worstMissesPerSecond }: CacheScene, nowMs: number): boolean {
  if (nowMs >= memory.nextProbeAtMs || worse(regime, memory.backedOffIn ?? regime)) return true;
  const isNeeded = worse(regime, "tight") && worstMissesPerSecond > 2 * THRASH_PAGES_PER_SECOND[regime];
  return isNeeded && nowMs - (memory.probedAtMs ?? Number.NEGATIVE_INFINITY) >= PROBE_EVERY_MS;
}
