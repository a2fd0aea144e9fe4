/** A balloon whose size QEMU remembers from before a reboot that the broker did not see, and how to make it tell the truth; pure. */
import { MIB } from "../model/bytes.ts";
import type { GuestRecord } from "./guest-record.ts";

/** Deflating takes well under a second a GiB: a balloon that was let go and does not move for this long is empty. */
const SURELY_EMPTY_MS = 3_000;
/** Less is on its way or rounding. */
const WORTH_IT_BYTES = 16 * MIB;
/** If it did not help it is not tried again for this long. */
const AGAIN_MS = 10 * 60_000;

/**
 * Where to send a balloon that is empty already, though QEMU tells another size: a driver with nothing to do writes no size
 * (Linux `update_balloon_size_func`), but the smallest inflation makes it. Absent: nothing is wrong, or it is too early to say.
 */
export function nudgeBytes(record: GuestRecord, nowMs: number): number | undefined {
  const fullBytes = record.monitorFacts.maxBytes;
  const { actualBytes, targetBytes, movedAtMs, commandedAtMs, nudgedAtMs } = record.balloon;
  if (fullBytes === undefined || actualBytes === undefined || targetBytes !== fullBytes) return undefined;
  if (record.monitorFacts.inhibitions.length > 0 || fullBytes - actualBytes < WORTH_IT_BYTES)
    return undefined;
  // A guest whose minimum is its full size cannot be nudged: no command leaves its limits.
  if (fullBytes - MIB < (record.limits()?.minBytes ?? 0)) return undefined;
  const isTooEarly = nowMs - Math.max(movedAtMs, commandedAtMs) < SURELY_EMPTY_MS;
  return isTooEarly || nowMs - nudgedAtMs < AGAIN_MS ? undefined : fullBytes - MIB;
}
