import { MIB } from "../model/bytes.ts";
import type { GuestFacts, GuestReport } from "../model/guest.ts";
import type { GrowthMemory } from "./memory.ts";

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
export function learnGrowth(
  memory: GrowthMemory,
  report: GuestReport | undefined,
  nowMs: number,
): GrowthMemory {
  const seen = Math.max(report?.growthPeakBytesPerSecond ?? 0, report?.growthBytesPerSecond ?? 0);
  const faded = fade(memory.peakBytesPerSecond, nowMs - memory.atMs);
  return {
    peakBytesPerSecond: Math.round(Math.max(faded, seen)),
    atMs: nowMs,
    drawBytesPerSecond: memory.drawBytesPerSecond,
    drawNowBytesPerSecond: memory.drawNowBytesPerSecond,
    drawnAtMs: memory.drawnAtMs,
    held: memory.held,
  };
}

/**
 * Keeps the fastest growth of what the guest's process holds: what a file read or a new program draws, whether the guest tells of
 * it or not. A booting guest draws what every boot draws: of no use for later.
 */
export function learnDraw(
  memory: GrowthMemory,
  { held }: GuestFacts,
  isBooting: boolean,
  nowMs: number,
): GrowthMemory {
  if (held === undefined) return memory;
  const heldBytes = held.residentBytes + held.swappedBytes;
  const before = memory.held;
  const overMs = nowMs - (before?.atMs ?? nowMs);
  if (before !== undefined && overMs < MIN_WINDOW_MS) return memory;
  const faded = fade(memory.drawBytesPerSecond, overMs);
  const grown = before === undefined || isBooting ? 0 : ((heldBytes - before.bytes) * 1000) / overMs;
  return {
    peakBytesPerSecond: memory.peakBytesPerSecond,
    atMs: memory.atMs,
    drawBytesPerSecond: Math.round(Math.max(faded, grown)),
    drawNowBytesPerSecond: Math.max(0, Math.round(grown)),
    drawnAtMs: grown >= SEEN_BYTES_PER_SECOND ? nowMs : memory.drawnAtMs,
    held: { bytes: heldBytes, atMs: nowMs },
  };
}

function fade(rate: number, overMs: number): number {
  return rate * 0.5 ** (Math.max(0, overMs) / HALF_LIFE_MS);
}
