/** The time to the next sample: proportional to the time in which the guest could run out. */

export const SHORTEST_INTERVAL_MS = 20;
export const LONGEST_INTERVAL_MS = 2000;
/** If the host can give nothing, samples serve only reports. */
export const UNHELPED_INTERVAL_MS = 250;
/**
 * While nothing changes, samples come no faster than this share of the time for which nothing has changed. What will change within the next
 * thousandth of that time is rare.
 */
const REST_SHARE = 1 / 1000;
/**
 * Up to this interval. The host keeps headroom for 2.5 times the round trip and 20 ms (need/headroom): for a burst at full speed that is
 * 50 ms and 1.5 round trips more than the round trip itself. A round trip lasts until a sample shows the memory: 20 ms or more.
 */
export const LASTING_INTERVAL_MS = 70;
/** By then the interval has stopped growing: the guest is at rest. */
export const LASTING_MS = LASTING_INTERVAL_MS / REST_SHARE;
/** With less than the reserve left, rest is deeper: the host knows, and a burst from there could not be answered. */
export const LASTING_SHORTAGE_MS = 30_000;
export const LASTING_SHORTAGE_INTERVAL_MS = 500;
/** Share of the time to exhaustion at the fastest growth to be expected. */
const FRACTION_AT_REST = 0.5;
const FRACTION_ALERT = 0.25;

export interface IntervalInput {
  readonly availableBytes: number;
  /** Memory kept for the time until a demand is answered. */
  readonly reserveBytes: number;
  /** Growth now, learned peak, and the balloon's own growth, whichever is fastest. */
  readonly fastestBytesPerSecond: number;
  /** Use grows, the balloon grows, or pressure is felt. */
  readonly alert: boolean;
  /** A demand was sent and its memory has not arrived yet. */
  readonly waitingForHelp: boolean;
  /** The host can give memory back to this guest, or will take some. */
  readonly canBeHelped: boolean;
  /** Milliseconds in which nothing has changed. */
  readonly lastingMs: number;
  readonly shortestMs: number;
  readonly longestMs: number;
}

/** Milliseconds until the next sample. */
export function nextIntervalMs(input: IntervalInput): number {
  if (input.waitingForHelp) return input.shortestMs;
  const usableBytes = Math.max(0, input.availableBytes - input.reserveBytes);
  const exhaustedInMs = (usableBytes * 1000) / Math.max(1, input.fastestBytesPerSecond);
  const fraction = input.alert ? FRACTION_ALERT : FRACTION_AT_REST;
  return Math.round(Math.min(input.longestMs, Math.max(shortestMs(input), exhaustedInMs * fraction)));
}

function shortestMs(input: IntervalInput): number {
  const isShort = input.availableBytes < input.reserveBytes;
  const restMs = isShort
    ? restInShortageMs(input)
    : // Whole: a fraction would be an object on V8's heap in each tick.
      Math.min(LASTING_INTERVAL_MS, Math.round(input.lastingMs * REST_SHARE));
  const unhelpedMs = input.canBeHelped ? 0 : UNHELPED_INTERVAL_MS;
  return Math.max(input.shortestMs, unhelpedMs, restMs);
}

function restInShortageMs({ lastingMs }: IntervalInput): number {
  return lastingMs >= LASTING_SHORTAGE_MS ? LASTING_SHORTAGE_INTERVAL_MS : 0;
}
