/** A guest whose memory goes back and forth waits before its next turn, each time twice as long. */
import type { GuestMemory, MotionMemory } from "../memory.ts";

type Direction = NonNullable<MotionMemory["direction"]>;

/** Turns are forgotten after this time without one: a guest whose load changes each minute is served as before. */
const FORGOTTEN_AFTER_MS = 60_000;
/** The first turn is free, as with a burst after taking. The second one waits for one tick. */
const FIRST_WAIT_MS = 1_000;
/** A third of the usual hold after a turn. That makes two turns a minute at most. */
const LONGEST_WAIT_MS = 32_000;

/** The turns after a move in this direction. */
export function turnsAfter(motion: MotionMemory, direction: Direction, nowMs: number): MotionMemory["turns"] {
  const { turns } = motion;
  if (motion.direction === undefined || motion.direction === direction) return turns;
  const isNew = turns === undefined || nowMs - turns.atMs >= FORGOTTEN_AFTER_MS;
  return { count: isNew ? 1 : turns.count + 1, atMs: nowMs };
}

/** Whether the guest turned so often of late that a turn in this direction must wait. */
export function mustWaitToTurn({ motion }: GuestMemory, direction: Direction, nowMs: number): boolean {
  const { turns } = motion;
  if (motion.direction === direction || turns === undefined || turns.count < 2) return false;
  return nowMs - turns.atMs < Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (turns.count - 2));
}
