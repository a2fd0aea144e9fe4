/** A guest that goes on demanding while its host does not see it grow demands in vain. */
import type { DemandMemory, GuestMemory } from "../memory.ts";

/** By then the host must have seen the guest grow: a tick a second looks, and the one after a demand comes at once. */
const VAIN_AFTER_MS = 2_000;
/** A longer pause ends a row of demands, and what it showed. */
const PAUSE_MS = 10_000;

/** The row of demands with one more. */
export function noteDemand(before: DemandMemory | undefined, nowMs: number): DemandMemory {
  const goesOn = before !== undefined && nowMs - before.atMs < PAUSE_MS;
  return { sinceMs: goesOn ? before.sinceMs : nowMs, atMs: nowMs };
}

/** Whether the demand of this moment is not the first of its row. */
export function isRepeated({ demands }: GuestMemory, nowMs: number): boolean {
  return demands !== undefined && demands.sinceMs < nowMs;
}

/** Whether the guest has demanded for a while and nothing of it was seen. A host that cannot see its process believes it. */
export function isVain({ demands, growth }: GuestMemory, nowMs: number): boolean {
  if (demands === undefined || growth.resident === undefined) return false;
  return nowMs - Math.max(demands.sinceMs, growth.residentGrewAtMs ?? 0) >= VAIN_AFTER_MS;
}
