/** A balloon that does not follow its target, or whose moves free no host memory, is left alone for a while. */
import { MIB } from "../../model/bytes.ts";
import type { GuestFacts } from "../../model/guest.ts";
import type { PolicyTuning } from "../../model/settings.ts";
import type { ProgressMemory, TakingStart } from "../memory.ts";

/** A balloon within this of its target has reached it: drivers work in whole mebibytes. */
export const TOLERANCE_BYTES = 2 * MIB;
/** A balloon that has not moved for this long is told its target again: a driver can miss a command. */
const REPEAT_AFTER_MS = 2_000;
/** A stuck balloon is tried again after this time, which doubles with each failure. */
const RETRY_MIN_MS = 30_000;
/** The time between two tries grows no further than this. */
const RETRY_MAX_MS = 10 * 60_000;
/** Weight of the newest speed. */
const SPEED_WEIGHT = 0.3;
/** Taking is judged for its effect once this much has been taken. */
const JUDGE_AFTER_BYTES = 128 * MIB;
/** A QEMU process may hold this much more than its guest's memory, and a share of the guest's size on top. */
const OVERHEAD_BYTES = 256 * MIB;
/** That share. */
const OVERHEAD_SHARE = 0.2;
/** At least this share of what was taken must show as fallen host memory. */
const EFFECT_SHARE = 0.1;

/** What a balloon did since the last tick. */
export interface ProgressReport {
  readonly memory: ProgressMemory;
  /** The balloon stopped before its target: its target must be set to where it stands. */
  readonly stuck: boolean;
  /** The balloon has not begun to move, in either direction: its target is sent again. */
  readonly unacknowledged: boolean;
  /** The guest took this much memory back without a demand (deflate-on-oom). */
  readonly tookBackBytes: number;
}

/** Watches one balloon: does `actual` follow the target, how fast, and does the host's memory follow `actual`? */
export function watchProgress(
  before: ProgressMemory,
  facts: GuestFacts,
  tuning: PolicyTuning,
  nowMs: number,
): ProgressReport {
  const actualBytes = facts.balloon?.actualBytes;
  const targetBytes = facts.balloon?.targetBytes;
  if (actualBytes === undefined || targetBytes === undefined)
    return { memory: before, stuck: false, unacknowledged: false, tookBackBytes: 0 };
  const retargeted = before.targetBytes !== targetBytes;
  const gapBytes = actualBytes - targetBytes;
  const tookBackBytes = before.reached && !retargeted && gapBytes > TOLERANCE_BYTES ? gapBytes : 0;
  const moved = before.actualBytes !== undefined && Math.abs(actualBytes - before.actualBytes) >= MIB / 2;
  const movedAtMs = retargeted || moved || before.movedAtMs === undefined ? nowMs : before.movedAtMs;
  const pending = gapBytes > TOLERANCE_BYTES && tookBackBytes === 0;
  const stuck = pending && nowMs - movedAtMs > tuning.stuckAfterMs;
  const away = Math.abs(gapBytes) > TOLERANCE_BYTES && tookBackBytes === 0;
  const unacknowledged = away && !stuck && nowMs - movedAtMs >= REPEAT_AFTER_MS;
  const takingFrom = takingBegan(before, facts, actualBytes);
  const memory: ProgressMemory = {
    targetBytes,
    actualBytes,
    atMs: nowMs,
    movedAtMs,
    reached: Math.abs(gapBytes) <= TOLERANCE_BYTES || (before.reached && !retargeted && tookBackBytes > 0),
    inflateBytesPerSecond: inflationSpeed(before, actualBytes, pending, nowMs),
    failures: before.failures,
    excludedUntilMs: before.excludedUntilMs,
    takingFrom,
    ineffective:
      takingFrom === undefined ? before.ineffective : isIneffective(takingFrom, facts, actualBytes),
  };
  return { memory: afterOutcome(memory, stuck, nowMs), stuck, unacknowledged, tookBackBytes };
}

/** Why taking from this guest must wait; undefined: it need not. */
export function exclusion(memory: ProgressMemory, nowMs: number): "stuck" | "ineffective" | undefined {
  if (memory.excludedUntilMs === undefined || nowMs >= memory.excludedUntilMs) return undefined;
  return memory.ineffective ? "ineffective" : "stuck";
}

/**
 * Only a balloon that did not arrive where it was to go at the last look was on its way all the time, and shows how slow it is. Another one
 * was at least as fast as what it took: otherwise small steps would make a balloon look slow, and a balloon that looks slow gets small steps.
 */
function inflationSpeed(
  before: ProgressMemory,
  actualBytes: number,
  pending: boolean,
  nowMs: number,
): number {
  const { inflateBytesPerSecond: known, actualBytes: fromBytes = actualBytes } = before;
  const elapsedMs = nowMs - (before.atMs ?? nowMs);
  const takenBytes = fromBytes - actualBytes;
  if (takenBytes < MIB || elapsedMs < 100) return known;
  const speed = Math.round((takenBytes * 1000) / elapsedMs);
  const hasArrived = actualBytes - (before.targetBytes ?? actualBytes) <= TOLERANCE_BYTES;
  if (!pending || hasArrived) return Math.max(known, speed);
  return Math.round(known * (1 - SPEED_WEIGHT) + speed * SPEED_WEIGHT);
}

/**
 * Whether taking freed no host memory. With VFIO devices QEMU completes an inflation without discarding pages: the guest loses
 * memory and the host gains none (QEMU `virtio_balloon_inhibited`). So resident memory must fall as the balloon inflates.
 */
function isIneffective(start: TakingStart, facts: GuestFacts, actualBytes: number): boolean {
  const residentBytes = residentBytesOf(facts) ?? 0;
  const takenBytes = start.actualBytes - actualBytes;
  const excessBytes = residentBytes - actualBytes - (OVERHEAD_BYTES + facts.limits.maxBytes * OVERHEAD_SHARE);
  const fellBytes = start.residentBytes - residentBytes;
  return takenBytes >= JUDGE_AFTER_BYTES && excessBytes > 0 && fellBytes < takenBytes * EFFECT_SHARE;
}

/** Where the taking under way began. It begins anew when the guest gets memory. */
function takingBegan(
  { takingFrom }: ProgressMemory,
  facts: GuestFacts,
  actualBytes: number,
): TakingStart | undefined {
  const residentBytes = residentBytesOf(facts);
  if (residentBytes === undefined) return undefined;
  return takingFrom === undefined || actualBytes > takingFrom.actualBytes
    ? { actualBytes, residentBytes }
    : takingFrom;
}

function residentBytesOf({ processMemory }: GuestFacts): number | undefined {
  return processMemory === undefined ? undefined : processMemory.residentBytes + processMemory.swappedBytes;
}

function afterOutcome(memory: ProgressMemory, stuck: boolean, nowMs: number): ProgressMemory {
  if (stuck || (memory.ineffective && exclusion(memory, nowMs) === undefined)) {
    const retryMs = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** memory.failures);
    return { ...memory, failures: memory.failures + 1, excludedUntilMs: nowMs + retryMs };
  }
  const recovered = memory.failures > 0 && memory.reached && !memory.ineffective;
  return recovered ? { ...memory, failures: 0 } : memory;
}
