/** How old what was seen of a QEMU may be before it is looked at again. Pure. */
import { clamp, MIB } from "../model/bytes.ts";
import type { GuestRecord } from "./guest-record.ts";

/** What QEMU was told or told itself within this time may not be over: it reports a balloon's changes once a second. */
const STIRRED_MS = 3_000;
/** A balloon this near to its target has arrived: drivers work in whole mebibytes. */
const ARRIVED_BYTES = 2 * MIB;
/** An early tick, which a demand or another guest caused, need not ask a guest at rest again. Ticks are not quite even. */
const EARLY_SHARE = 0.1;
/**
 * A guest whose agent reports is asked at every second tick: its QEMU then tells nothing new but the balloon's statistics, which come
 * every two seconds. That it was paused, reset or ballooned by another program comes as an event.
 */
const TICKS = 2;
/** Of more than 500 guests this many are asked a tick, each at every third or fourth: asking is most of what a tick costs. */
const ASKED_A_TICK = 250;
/** A migration, which no event tells of, is known after about four seconds. */
const MOST_TICKS = 4;
/** With slower ticks the guest is asked at each. */
const MOST_TICK_MS = 1_000;

/** Milliseconds; 0: it must be asked. `tickMs` is the usual time between two ticks, `guests` how many there are. */
export function mostAgeMs(record: GuestRecord, tickMs: number, nowMs: number, guests: number): number {
  if (!isAtRest(record, nowMs)) return 0;
  const ticks = ticksBetween(record, guests);
  const mayWait = tickMs <= MOST_TICK_MS && !hasTurn(record.entry.name, ticks, Math.floor(nowMs / tickMs));
  return tickMs * (mayWait ? ticks - EARLY_SHARE : 1 - EARLY_SHARE);
}

/** Ticks from one look at the guest to the next. One that is short of memory is asked as often as where guests are few. */
function ticksBetween({ boot: { report }, agent }: GuestRecord, guests: number): number {
  if (report === undefined || agent?.facts().connected !== true) return 1;
  return report.pressure === "none" ? clamp(Math.ceil(guests / ASKED_A_TICK), TICKS, MOST_TICKS) : TICKS;
}

/** Some of the guests have theirs in one tick, others in the next: all at once would make one of the ticks a long one. Names mostly end in numbers. */
function hasTurn(name: string, ticks: number, tick: number): boolean {
  const number = 10 * name.charCodeAt(name.length - 2) + name.charCodeAt(name.length - 1);
  return ((number || 0) + tick) % ticks === 0;
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
