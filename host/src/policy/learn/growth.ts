import { MIB } from "../../model/bytes.ts";
import type { GuestFacts, GuestReport } from "../../model/guest.ts";
import type { GrowthMemory } from "../memory.ts";

/** Half of a growth peak is forgotten in this time: a guest that once burst stays under suspicion for a while. */
const HALF_LIFE_MS = 10 * 60_000;
/** Looks closer together than this say nothing about a rate. */
const MIN_WINDOW_MS = 500;
/** Slower growth is noise. */
const SEEN_BYTES_PER_SECOND = 4 * MIB;

/**
 * Keeps the fastest growth of use, decaying: a cautious stand-in for a high percentile of the guest's own history.
 * `growthBytesPerSecond` values come from the agent, who sees growth between its own samples.
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
    resident: memory.resident,
  };
}

/**
 * Keeps the fastest growth of what the guest's process holds: what a file read or a new program draws, whether the guest tells of
 * it or not. A booting guest draws what every boot draws: of no use for later.
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
  if (before !== undefined && overMs < MIN_WINDOW_MS) return memory;
  const faded = fade(memory.residentPeakBytesPerSecond, overMs);
  const grown = before === undefined || isBooting ? 0 : ((residentBytes - before.bytes) * 1000) / overMs;
  return {
    usePeakBytesPerSecond: memory.usePeakBytesPerSecond,
    atMs: memory.atMs,
    residentPeakBytesPerSecond: Math.round(Math.max(faded, grown)),
    residentNowBytesPerSecond: Math.max(0, Math.round(grown)),
    residentGrewAtMs: grown >= SEEN_BYTES_PER_SECOND ? nowMs : memory.residentGrewAtMs,
    resident: { bytes: residentBytes, atMs: nowMs },
  };
}

function fade(rate: number, overMs: number): number {
  return rate * 0.5 ** (Math.max(0, overMs) / HALF_LIFE_MS);
}
