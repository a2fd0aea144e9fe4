/** Hot cache is at first what was learned in the same boot before the broker was started anew, else what looks hot. */
import type { GuestReport, RememberedHotCache } from "../../model/guest.ts";

/** Share of the cache that is taken as hot where the kernel does not tell which pages were used twice. */
export const FIRST_GUESS = 0.5;
/** While nothing is taken, cold cache slowly counts as hot again, because no counter shows hits. */
const REVIVAL_MS = 30 * 60_000;

/**
 * Hot cache before anything was learned of it, in bytes. What is remembered is what a squeezed guest was seen to miss, or to do without:
 * its active list tells neither. While the broker was away nothing was taken, so an estimate below what looks hot revives meanwhile.
 */
export function firstHotCache(
  report: GuestReport,
  remembered: RememberedHotCache | undefined,
  nowMs: number,
): number {
  const seenBytes = seenHot(report);
  if (remembered?.bootId !== report.bootId) return seenBytes;
  return revived(remembered.bytes, seenBytes, Math.max(0, nowMs - remembered.learnedAtMs));
}

/** What looks hot before anything was learned, and while nothing is taken. */
export function seenHot({ activeCacheBytes, cacheBytes = 0 }: GuestReport): number {
  return activeCacheBytes ?? Math.round(cacheBytes * FIRST_GUESS);
}

/** An estimate after so many milliseconds in which nothing was taken. */
export function revived(hotBytes: number, seenBytes: number, windowMs: number): number {
  const share = 1 - Math.exp(-windowMs / REVIVAL_MS);
  return Math.round(hotBytes + Math.max(0, seenBytes - hotBytes) * share);
}
