/** The reserve is ready for the largest sum that guests ever demanded within one reclaim time; what is remembered of it fades. */
import { sum } from "../../model/bytes.ts";
import type { GuestFacts } from "../../model/guest.ts";
import type { BurstMemory } from "../memory.ts";

/** Reclaim time: from a guest's sudden growth until taking elsewhere has replaced the memory. */
export const RECLAIM_MS = 1_500;
/** Half of a burst is forgotten in this time: the same job often comes back within the hour. */
const HALF_LIFE_MS = 60 * 60_000;

const NO_DEMANDS: BurstMemory["windowDemands"] = new Map();

/** The largest burst remembered, faded to `nowMs`. */
export function burstPeakBytes(memory: BurstMemory, nowMs: number): number {
  return Math.round(memory.peakBytes * 0.5 ** (Math.max(0, nowMs - memory.peakAtMs) / HALF_LIFE_MS));
}

/**
 * Notes that a guest demands `bytes` more. Demands within one reclaim time add up, for each guest to no more than its maximum: a
 * guest that repeats its demand cannot grow by more.
 */
export function noteBurst(
  memory: BurstMemory,
  { name, limits }: Pick<GuestFacts, "name" | "limits">,
  bytes: number,
  nowMs: number,
): BurstMemory {
  const isSame = nowMs - memory.windowAtMs < RECLAIM_MS;
  const demands = isSame ? memory.windowDemands : NO_DEMANDS;
  const windowDemands = new Map(demands).set(
    name,
    Math.min(limits.maxBytes, (demands.get(name) ?? 0) + bytes),
  );
  const windowAtMs = isSame ? memory.windowAtMs : nowMs;
  const windowBytes = sum([...windowDemands.values()], (demanded) => demanded);
  const peakBytes = burstPeakBytes(memory, nowMs);
  return windowBytes > peakBytes
    ? { peakBytes: windowBytes, peakAtMs: nowMs, windowAtMs, windowDemands }
    : { ...memory, windowAtMs, windowDemands };
}
