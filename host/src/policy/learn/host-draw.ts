/** How fast all guests together draw memory from the host: the host's own forecast. */
import { sum } from "../../model/bytes.ts";
import type { GuestFacts } from "../../model/guest.ts";
import type { KsmFacts } from "../../model/host.ts";
import type { HostDrawMemory } from "../memory.ts";

/** A lull between two looks does not end a herd: the rate falls by no more than this in one look. */
const FALL_FACTOR = 0.5;
const MIN_WINDOW_MS = 100;
/** What is drawn within this time is as good as gone: taking elsewhere takes about so long to work. */
const AHEAD_MS = 3_000;
/** Running out within this time is reason to look again soon. */
const URGENT_MS = 8_000;
/** Half of the fastest break-up of shared pages is forgotten in this time, as of a guest's fastest growth. */
const BREAK_HALF_LIFE_MS = 10 * 60_000;

/** Takes in what guests hold now, shared pages once, and how fast what KSM saves breaks apart. */
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
  // Savings go with memory that guests give back, too: that draws nothing.
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

/** What will be gone before anything that is decided now has worked. */
export function drawnAheadBytes(draw: HostDrawMemory): number {
  return (draw.bytesPerSecond * AHEAD_MS) / 1000;
}

/** Whether the host could run out so soon that the next decision must not wait for its turn. */
export function isUrgent(draw: HostDrawMemory, roomBytes: number): boolean {
  return (draw.bytesPerSecond * URGENT_MS) / 1000 > roomBytes;
}
