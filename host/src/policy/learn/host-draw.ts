/** How fast all guests together draw memory decides how soon the host counts as short. */
import { sum } from "../../model/bytes.ts";
import type { GuestFacts } from "../../model/guest.ts";
import type { KsmFacts } from "../../model/host.ts";
import type { HostDrawMemory } from "../memory.ts";

/** The rate falls to no less than this share of it per tick: a pause of one tick does not end a joint burst. */
const FALL_FACTOR = 0.5;
/** Two readings closer together than this give no rate. */
const MIN_WINDOW_MS = 100;
/** What guests draw within this time counts as gone: taking elsewhere needs about this long to work. */
const AHEAD_MS = 3_000;
/** If memory would run out within this time, the next tick comes sooner. */
const URGENT_MS = 8_000;
/** Half of the fastest break-up of shared pages is forgotten in this time, as with a guest's fastest growth. */
const BREAK_HALF_LIFE_MS = 10 * 60_000;

/** Takes in guests' resident memory, shared pages once, and how fast KSM's savings break apart. */
export function learnHostDraw(
  before: HostDrawMemory | undefined,
  guests: readonly { readonly facts: GuestFacts }[],
  nowMs: number,
  ksm?: KsmFacts,
): HostDrawMemory {
  const sharedBytes = (ksm?.savedBytes ?? 0) - (ksm?.zeroBytes ?? 0);
  const residentBytes = sum(guests, ({ facts }) =>
    facts.processMemory === undefined
      ? 0
      : facts.processMemory.residentBytes + facts.processMemory.swappedBytes,
  );
  if (before === undefined)
    return { residentBytes, sharedBytes, atMs: nowMs, bytesPerSecond: 0, breakPeakBytesPerSecond: 0 };
  const overMs = nowMs - before.atMs;
  if (overMs < MIN_WINDOW_MS) return before;
  const grownBytes = residentBytes - before.residentBytes;
  const unsharedBytes = before.sharedBytes - sharedBytes;
  // Savings also shrink when guests give shared pages back. That draws no memory.
  const brokenBytes = Math.max(0, unsharedBytes + Math.min(0, grownBytes));
  const faded = before.breakPeakBytesPerSecond * 0.5 ** (overMs / BREAK_HALF_LIFE_MS);
  return {
    residentBytes,
    sharedBytes,
    atMs: nowMs,
    bytesPerSecond: Math.max(
      0,
      ((grownBytes + unsharedBytes) * 1000) / overMs,
      before.bytesPerSecond * FALL_FACTOR,
    ),
    breakPeakBytesPerSecond: Math.round(Math.max(faded, (brokenBytes * 1000) / overMs)),
  };
}

/** What guests will draw before a decision made now has worked, in bytes. */
export function drawnAheadBytes(draw: HostDrawMemory): number {
  return (draw.bytesPerSecond * AHEAD_MS) / 1000;
}

/** Whether the host could run out so soon that the next tick must come earlier. */
export function isUrgent(draw: HostDrawMemory, spareBytes: number): boolean {
  return (draw.bytesPerSecond * URGENT_MS) / 1000 > spareBytes;
}
