/** How much memory all guests together have called for within one reclaim time: what the reserve must be ready for. */
import type { BurstMemory } from "../memory.ts";

/** From a guest's sudden growth until taking elsewhere has made up for it. */
export const RECLAIM_MS = 1_500;
/** Half of a burst is forgotten in this time: the same job often comes back within the hour. */
const HALF_LIFE_MS = 60 * 60_000;

/** The largest burst remembered, faded to `nowMs`. */
export function burstPeakBytes(memory: BurstMemory, nowMs: number): number {
  return Math.round(memory.peakBytes * 0.5 ** (Math.max(0, nowMs - memory.peakAtMs) / HALF_LIFE_MS));
}

/** Ledger a call for `bytes` more: calls within one reclaim time add up. */
export function noteBurst(memory: BurstMemory, bytes: number, nowMs: number): BurstMemory {
  const isSame = nowMs - memory.windowAtMs < RECLAIM_MS;
  const windowBytes = (isSame ? memory.windowBytes : 0) + bytes;
  const windowAtMs = isSame ? memory.windowAtMs : nowMs;
  const peakBytes = burstPeakBytes(memory, nowMs);
  return windowBytes > peakBytes
    ? { peakBytes: windowBytes, peakAtMs: nowMs, windowAtMs, windowBytes }
    : { ...memory, windowAtMs, windowBytes };
}
