/** What work guests lost of what there was to do, counted in work and not in time: a slow machine loses none; pure. */
import { sum } from "../../../host/src/model/bytes.ts";
import type { GuestPlan, Phase } from "../../../host/src/simulate/scenario.ts";
import type { Look } from "../real/track.ts";

/** A read that waits longer than this is lost, as its client has gone. A busy machine's pauses are shorter, a cache that misses is not caught up with. */
export const DEADLINE_MS = 2_000;
/** A job has its memory in time when it has it after this multiple of what touching it takes, and a deadline. */
const SLOWEST_TOUCH = 2;
/** Of its memory; the rest is rounding. */
const ALL_SHARE = 0.99;

/** One guest's part. */
export interface Lost {
  readonly busyMs: number;
  readonly lostMs: number;
}

/** Time with work to do from `fromMs` to `toMs`, and how much of it was lost: while killed, by reads that were given up, by memory that came too late. */
export function lostOf(plan: GuestPlan, looks: readonly Look[], fromMs: number, toMs: number): Lost {
  const lost = { busyMs: 0, lostMs: 0 };
  for (let i = 1; i < looks.length; i++) {
    const [first, last] = [looks[i - 1], looks[i]];
    if (first === undefined || last === undefined || first.atMs < fromMs || last.atMs > toMs) continue;
    const phase = phaseAt(plan.phases, last.atMs);
    if (phase?.busy !== true) continue;
    const spanMs = last.atMs - first.atMs;
    lost.busyMs += spanMs;
    lost.lostMs += lostIn(plan.phases, phase, first, last, spanMs);
  }
  return { busyMs: lost.busyMs, lostMs: Math.min(lost.lostMs, lost.busyMs) };
}

/** Share of all guests' work that was lost, 0…1. */
export function lostShare(guests: readonly Lost[]): number {
  const busyMs = sum(guests, (guest) => guest.busyMs);
  return busyMs === 0 ? 0 : sum(guests, (guest) => guest.lostMs) / busyMs;
}

function lostIn(phases: readonly Phase[], phase: Phase, first: Look, last: Look, spanMs: number): number {
  if (!first.running || !last.running) return spanMs;
  const dropped = Math.max(0, last.droppedReads - first.droppedReads);
  const droppedMs = phase.readsPerSecond > 0 ? (dropped / phase.readsPerSecond) * 1000 : 0;
  const isLate = last.anonBytes < phase.anonBytes * ALL_SHARE && last.atMs > dueMs(phases, phase);
  return Math.max(droppedMs, isLate ? spanMs : 0);
}

/** When a phase's memory must be there. */
function dueMs(phases: readonly Phase[], phase: Phase): number {
  const beforeBytes = phases[phases.indexOf(phase) - 1]?.anonBytes ?? phase.anonBytes;
  const touchMs = (Math.max(0, phase.anonBytes - beforeBytes) / phase.touchBytesPerSecond) * 1000;
  return phase.fromMs + touchMs * SLOWEST_TOUCH + DEADLINE_MS;
}

function phaseAt(phases: readonly Phase[], atMs: number): Phase | undefined {
  return phases.findLast(({ fromMs }) => fromMs <= atMs);
}
