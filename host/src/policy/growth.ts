import type { GuestReport } from "../model/guest.ts";
import type { GrowthMemory } from "./memory.ts";

/** Half of a growth peak is forgotten in this time: a guest that once burst stays under suspicion for a while. */
const HALF_LIFE_MS = 10 * 60_000;

/**
 * Keeps the fastest growth of use, decaying: a cautious stand-in for a high percentile of the guest's own history.
 * `growthBytesPerSecond` values come from the agent, who sees growth between its own samples.
 */
export function learnGrowth(
  memory: GrowthMemory,
  report: GuestReport | undefined,
  nowMs: number,
): GrowthMemory {
  const faded = memory.peakBytesPerSecond * 0.5 ** (Math.max(0, nowMs - memory.atMs) / HALF_LIFE_MS);
  const seen = Math.max(report?.growthPeakBytesPerSecond ?? 0, report?.growthBytesPerSecond ?? 0);
  return { peakBytesPerSecond: Math.round(Math.max(faded, seen)), atMs: nowMs };
}
