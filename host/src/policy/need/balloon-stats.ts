/** The balloon driver's statistics mean different things on Linux and on Windows, and are read accordingly. */
import type { AgentFacts, BalloonStats } from "../../model/guest.ts";
import { WINDOWS_LEAST_BYTES } from "./windows-floor.ts";

/** Share of the cache that counts as hot where nothing tells which part is. */
const HOT_GUESS = 0.5;
/** Two sums of counters that differ by less than a page are the same. */
const PAGE_BYTES = 4096;

/** What the balloon driver's statistics tell of a guest. */
export interface BlindFigures {
  readonly availableBytes: number;
  /** The part of what is available that counts as hot cache. */
  readonly hotCacheBytes: number;
  /** What the guest's operating system needs, whatever its programs use. */
  readonly systemBytes: number;
}

/**
 * Reads the statistics; undefined where they tell neither free nor available memory.
 * - Linux: `stat-free-memory` is MemFree, `stat-available-memory` is MemAvailable (drivers/virtio/virtio_balloon.c).
 * - Windows: the service sends available memory, standby lists included, as free. It sends half of the file cache on top of it as
 *   available (virtio-win, Balloon/app/memstat.cpp). So free is the right figure.
 */
export function blindFigures(
  stats: BalloonStats,
  osFamily: AgentFacts["osFamily"],
): BlindFigures | undefined {
  const { freeBytes, availableBytes = freeBytes, cacheBytes = 0 } = stats;
  if (availableBytes === undefined) return undefined;
  if (osFamily === "windows" || (osFamily === undefined && looksLikeWindows(stats)))
    return {
      availableBytes: freeBytes ?? availableBytes - cacheBytes / 2,
      hotCacheBytes: 0,
      systemBytes: WINDOWS_LEAST_BYTES,
    };
  const cacheSeen = Math.min(
    cacheBytes,
    availableBytes - Math.min(freeBytes ?? availableBytes, availableBytes),
  );
  return { availableBytes, hotCacheBytes: Math.round(cacheSeen * HOT_GUESS), systemBytes: 0 };
}

/** Whether the figures are the sum that the Windows service makes. On Linux that would be a coincidence. */
function looksLikeWindows({ freeBytes, availableBytes, cacheBytes }: BalloonStats): boolean {
  if (freeBytes === undefined || availableBytes === undefined || !cacheBytes) return false;
  return Math.abs(availableBytes - (freeBytes + cacheBytes / 2)) < PAGE_BYTES;
}
