/** What the balloon driver's statistics are worth: the same names mean different things on Linux and on Windows. */
import type { AgentFacts, BalloonStats } from "../../model/guest.ts";
import { WINDOWS_LEAST_BYTES } from "./windows-floor.ts";

/** Where nothing tells which cache is hot, so much of it is kept. */
const HOT_GUESS = 0.5;
const PAGE_BYTES = 4096;

/** What a guest without agent has to spare. */
export interface BlindFigures {
  readonly availableBytes: number;
  /** Part of what is available that is taken to be cache worth keeping. */
  readonly hotCacheBytes: number;
  /** What the guest's operating system needs whatever its programs use. */
  readonly systemBytes: number;
}

/**
 * Linux: `stat-free-memory` is MemFree, `stat-available-memory` MemAvailable (drivers/virtio/virtio_balloon.c). Windows' service
 * sends what is available, standby lists included, as free, and half of the file cache on top of it as available
 * (virtio-win, Balloon/app/memstat.cpp): there free is the honest figure. Absent: the statistics tell neither.
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

/** The sum that Windows' service makes; on Linux it would be a coincidence. */
function looksLikeWindows({ freeBytes, availableBytes, cacheBytes }: BalloonStats): boolean {
  if (freeBytes === undefined || availableBytes === undefined || !cacheBytes) return false;
  return Math.abs(availableBytes - (freeBytes + cacheBytes / 2)) < PAGE_BYTES;
}
