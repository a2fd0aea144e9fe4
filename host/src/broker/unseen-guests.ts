/** A guest whose size QEMU has not told since it was found or started anew: what it has would be lent a second time. Pure. */
import type { Move } from "../model/plan.ts";
import type { GuestRecord } from "./guest-record.ts";

/** QEMU answers within milliseconds, on a busy host within a second. One that is off or hangs must not make others wait for longer. */
const AWAITED_MS = 3_000;
/** What can wait: nobody demanded it, and no admin. */
const PATIENT: ReadonlySet<Move["kind"]> = new Set(["give-surplus", "give-to-floor", "pay-debt"]);

/** The moves without those that give, while the size of such a guest is awaited. */
export function withoutEarlyGifts(
  moves: readonly Move[],
  records: readonly GuestRecord[],
  nowMs: number,
): readonly Move[] {
  const isAwaited = records.some((record) => {
    const sinceMs = unseenSinceMs(record);
    return sinceMs !== undefined && nowMs - sinceMs < AWAITED_MS;
  });
  return isAwaited ? moves.filter(({ kind }) => !PATIENT.has(kind)) : moves;
}

function unseenSinceMs(record: GuestRecord): number | undefined {
  return record.limits() === undefined ? record.managedSinceMs : record.balloon.sizeDoubtedSinceMs;
}
