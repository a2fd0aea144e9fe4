/** A guest that cannot demand must be ready for the largest burst that was ever seen of it. */
import type { UseMemory } from "../memory.ts";

/** Use at rest rises half of the way to present use in this time. It falls at once. */
const REST_HALF_LIFE_MS = 10 * 60_000;
/** A guest that was watched for less may still surprise: log-ins and nightly jobs come once a day. */
const WATCHED_FOR_MS = 24 * 3600_000;

/** A figure of use, from an agent or from the balloon's statistics. */
export interface SeenUse {
  readonly usedBytes: number;
  readonly oomKillsTotal?: number;
}

/** Takes in what the guest uses now. */
export function learnUse(before: UseMemory | undefined, seen: SeenUse, nowMs: number): UseMemory {
  const { usedBytes, oomKillsTotal = before?.oomKillsTotal } = seen;
  if (before === undefined)
    return { restBytes: usedBytes, burstBytes: 0, atMs: nowMs, watchedSinceMs: nowMs, oomKillsTotal };
  const left = 0.5 ** (Math.max(0, nowMs - before.atMs) / REST_HALF_LIFE_MS);
  const restBytes = Math.min(usedBytes, usedBytes - (usedBytes - before.restBytes) * left);
  const wasKilled = (oomKillsTotal ?? 0) > (before.oomKillsTotal ?? oomKillsTotal ?? 0);
  return {
    restBytes,
    burstBytes: Math.max(before.burstBytes, usedBytes - before.restBytes),
    atMs: nowMs,
    // The burst that led to the kill was larger than what was seen of it.
    watchedSinceMs: wasKilled ? nowMs : before.watchedSinceMs,
    oomKillsTotal,
  };
}

/** The guest's use at the height of the largest burst that was seen of it. */
export function burstHeightBytes(use: UseMemory): number {
  return use.restBytes + use.burstBytes;
}

/** Whether the guest was watched for long enough to know what it may do. */
export function isUseKnown(use: UseMemory | undefined, nowMs: number): boolean {
  return use !== undefined && nowMs - use.watchedSinceMs >= WATCHED_FOR_MS;
}
