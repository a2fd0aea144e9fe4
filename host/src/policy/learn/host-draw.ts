/** How fast all guests together draw memory from the host: the host's own forecast. */
import { sum } from "../../model/bytes.ts";
import type { GuestFacts } from "../../model/guest.ts";
import type { HostDrawMemory } from "../memory.ts";

/** A lull between two looks does not end a herd: the rate falls by no more than this in one look. */
const FALL_FACTOR = 0.5;
const MIN_WINDOW_MS = 100;
/** What is drawn within this time is as good as gone: taking elsewhere takes about so long to work. */
const AHEAD_MS = 3_000;
/** Running out within this time is reason to look again soon. */
const URGENT_MS = 8_000;

/** Takes in what guests hold now. */
export function learnHostDraw(
  before: HostDrawMemory | undefined,
  guests: readonly { readonly facts: GuestFacts }[],
  nowMs: number,
): HostDrawMemory {
  const residentBytes = sum(guests, ({ facts }) =>
    facts.processMemory === undefined
      ? 0
      : facts.processMemory.residentBytes + facts.processMemory.swappedBytes,
  );
  if (before === undefined) return { residentBytes, atMs: nowMs, bytesPerSecond: 0 };
  const overMs = nowMs - before.atMs;
  if (overMs < MIN_WINDOW_MS) return before;
  const grown = ((residentBytes - before.residentBytes) * 1000) / overMs;
  return {
    residentBytes,
    atMs: nowMs,
    bytesPerSecond: Math.max(0, grown, before.bytesPerSecond * FALL_FACTOR),
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
