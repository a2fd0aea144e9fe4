/** How old what was seen of a QEMU may be before it is looked at again. Pure. */
import { MIB } from "../model/bytes.ts";
import type { GuestRecord } from "./guest-record.ts";

/** What QEMU was told or told itself within this time may not be over: it reports a balloon's changes once a second. */
const STIRRED_MS = 3_000;
/** A balloon this near to its target has arrived: drivers work in whole mebibytes. */
const ARRIVED_BYTES = 2 * MIB;
/** An early tick, which a demand or another guest caused, need not ask a guest at rest again. Ticks are not quite even. */
const ONE_TICK_SHARE = 0.9;
/**
 * A guest whose agent reports is asked at every second tick: its QEMU then tells nothing new but the balloon's statistics, which come
 * every two seconds. That it was paused, reset or ballooned by another program comes as an event.
 */
const TWO_TICKS_SHARE = 1.9;
/** With slower ticks the guest is asked at each. */
const MOST_AGE_MS = 2_000;

/** Milliseconds; 0: it must be asked. `tickMs` is the usual time between two ticks. */
export function mostAgeMs(record: GuestRecord, tickMs: number, nowMs: number): number {
  if (!isAtRest(record, nowMs)) return 0;
  const reports = record.boot.report !== undefined && record.agent?.facts().connected === true;
  const longMs = tickMs * TWO_TICKS_SHARE;
  const mayWait = reports && longMs <= MOST_AGE_MS && !hasTurn(record.entry.name, tickMs, nowMs);
  return mayWait ? longMs : tickMs * ONE_TICK_SHARE;
}

/** Half of the guests have theirs in one tick, the others in the next: all at once would make every second tick a long one. */
function hasTurn(name: string, tickMs: number, nowMs: number): boolean {
  return (name.charCodeAt(name.length - 1) + Math.floor(nowMs / tickMs)) % 2 === 0;
}

function isAtRest(record: GuestRecord, nowMs: number): boolean {
  const { balloon, connected, monitorFacts, boot, memoryDoubtedAtMs } = record;
  const { actualBytes, targetBytes = actualBytes, movedAtMs, commandedAtMs, failure } = balloon;
  if (!connected || actualBytes === undefined || targetBytes === undefined || failure !== undefined)
    return false;
  if (balloon.sizeDoubtedSinceMs !== undefined || monitorFacts.problem !== undefined) return false;
  const stirredAtMs = Math.max(movedAtMs, commandedAtMs, boot.seenAtMs, memoryDoubtedAtMs);
  return Math.abs(targetBytes - actualBytes) <= ARRIVED_BYTES && nowMs - stirredAtMs >= STIRRED_MS;
}
