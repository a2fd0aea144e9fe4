/** QEMU may report a size from before a reboot: a small move of the balloon refreshes it. Pure. */
import { MIB } from "../model/bytes.ts";
import type { GuestRecord } from "./guest-record.ts";

/** Deflating takes well under a second per GiB: a released balloon that does not move for this long is empty. */
const SURELY_EMPTY_MS = 3_000;
/** A smaller difference may be rounding or a move under way. */
const WORTH_IT_BYTES = 16 * MIB;
/** A nudge that did not help is not repeated sooner. */
const AGAIN_MS = 10 * 60_000;

/**
 * The target for a nudge, in bytes: the balloon is empty, but QEMU reports another size. A driver with nothing to do writes no size
 * (Linux `update_balloon_size_func`); the smallest inflation makes it write one. Undefined: nothing is wrong, or it is too early to
 * tell.
 */
export function nudgeBytes(record: GuestRecord, nowMs: number): number | undefined {
  const fullBytes = record.monitorFacts.maxBytes;
  const { actualBytes, targetBytes, movedAtMs, commandedAtMs, nudgedAtMs } = record.balloon;
  if (fullBytes === undefined || actualBytes === undefined || targetBytes !== fullBytes) return undefined;
  if (record.monitorFacts.inhibitions.length > 0 || fullBytes - actualBytes < WORTH_IT_BYTES)
    return undefined;
  // A guest whose minimum is its full size cannot be nudged: commands stay within its limits.
  if (fullBytes - MIB < (record.limits()?.minBytes ?? 0)) return undefined;
  const isTooEarly = nowMs - Math.max(movedAtMs, commandedAtMs) < SURELY_EMPTY_MS;
  return isTooEarly || nowMs - nudgedAtMs < AGAIN_MS ? undefined : fullBytes - MIB;
}
