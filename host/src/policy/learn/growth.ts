/** A guest may grow again as fast as it was seen to grow; what is remembered of it fades. */
import { MIB } from "../../model/bytes.ts";
import type { GuestFacts, GuestReport } from "../../model/guest.ts";
import type { GrowthMemory } from "../memory.ts";

/** Half of a growth peak is forgotten in this time: a guest that once burst may soon burst again. */
const HALF_LIFE_MS = 10 * 60_000;
/** Two readings closer together than this give no rate. */
const MIN_WINDOW_MS = 500;
/** Slower growth is noise, and so is less since the last reading. */
const SEEN_BYTES_PER_SECOND = 4 * MIB;
const SEEN_BYTES = 4 * MIB;
/** Growth that the host saw within this time still goes on: three decisions, since a demand comes before the next one. */
const GROWING_MS = 3_000;
/**
 * Reported growth is believed for this long before the host must see it: a guest first fills memory that its process holds already. A
 * pause of this length begins a new claim.
 */
const CLAIM_MS = 10_000;

/**
 * Keeps the fastest growth of use, decaying. It stands for a high percentile of the guest's own history. The agent measures growth
 * between its own samples, which are closer together than reports.
 */
export function learnUseGrowth(
  memory: GrowthMemory,
  report: GuestReport | undefined,
  nowMs: number,
): GrowthMemory {
  const seen = Math.max(report?.growthPeakBytesPerSecond ?? 0, report?.growthBytesPerSecond ?? 0);
  const faded = fade(memory.usePeakBytesPerSecond, nowMs - memory.atMs);
  return {
    usePeakBytesPerSecond: Math.round(Math.max(faded, seen)),
    atMs: nowMs,
    residentPeakBytesPerSecond: memory.residentPeakBytesPerSecond,
    residentNowBytesPerSecond: memory.residentNowBytesPerSecond,
    residentGrewAtMs: memory.residentGrewAtMs,
    ...claims(memory, report ?? {}, nowMs),
    resident: memory.resident,
  };
}

/** Since when growth is reported. A shorter pause than the time for which a claim is believed does not end it. */
function claims(
  { claimedSinceMs, claimedAtMs }: GrowthMemory,
  { growthBytesPerSecond = 0 }: Pick<GuestReport, "growthBytesPerSecond">,
  nowMs: number,
): Pick<GrowthMemory, "claimedSinceMs" | "claimedAtMs"> {
  if (growthBytesPerSecond === 0) return { claimedSinceMs, claimedAtMs };
  const goesOn = claimedAtMs !== undefined && nowMs - claimedAtMs < CLAIM_MS;
  return { claimedSinceMs: goesOn ? claimedSinceMs : nowMs, claimedAtMs: nowMs };
}

/** Whether reported growth is so new that the host need not have seen it yet. */
export function isClaimNew({ claimedSinceMs, claimedAtMs }: GrowthMemory, nowMs: number): boolean {
  const isFirst = claimedSinceMs === undefined || claimedAtMs === undefined;
  return isFirst || nowMs - claimedAtMs >= CLAIM_MS || nowMs - claimedSinceMs < CLAIM_MS;
}

/** Whether the host saw the guest grow just now. */
export function isSeenGrowing(
  { residentGrewAtMs = Number.NEGATIVE_INFINITY }: GrowthMemory,
  nowMs: number,
): boolean {
  return nowMs - residentGrewAtMs < GROWING_MS;
}

/**
 * Keeps the fastest growth of the process's resident memory, decaying. It shows what the guest draws even if the guest does not
 * report it. Growth during a boot is left out: it says nothing of later growth.
 * Growth is seen at once, its rate only after a while: a demand brings the next reading forward, and the answer depends on it.
 */
export function learnResidentGrowth(
  memory: GrowthMemory,
  { processMemory }: GuestFacts,
  isBooting: boolean,
  nowMs: number,
): GrowthMemory {
  if (processMemory === undefined) return memory;
  const residentBytes = processMemory.residentBytes + processMemory.swappedBytes;
  const before = memory.resident;
  const overMs = nowMs - (before?.atMs ?? nowMs);
  if (before !== undefined && overMs < MIN_WINDOW_MS)
    return residentBytes - before.bytes < SEEN_BYTES ? memory : { ...memory, residentGrewAtMs: nowMs };
  const faded = fade(memory.residentPeakBytesPerSecond, overMs);
  const grown = before === undefined || isBooting ? 0 : ((residentBytes - before.bytes) * 1000) / overMs;
  return {
    usePeakBytesPerSecond: memory.usePeakBytesPerSecond,
    atMs: memory.atMs,
    residentPeakBytesPerSecond: Math.round(Math.max(faded, grown)),
    residentNowBytesPerSecond: Math.max(0, Math.round(grown)),
    residentGrewAtMs: grown >= SEEN_BYTES_PER_SECOND ? nowMs : memory.residentGrewAtMs,
    claimedSinceMs: memory.claimedSinceMs,
    claimedAtMs: memory.claimedAtMs,
    resident: { bytes: residentBytes, atMs: nowMs },
  };
}

function fade(rate: number, overMs: number): number {
  return rate * 0.5 ** (Math.max(0, overMs) / HALF_LIFE_MS);
}
