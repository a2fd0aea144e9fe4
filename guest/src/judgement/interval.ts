/** How long the agent may look away: proportional to the time in which the guest could run out. */

export const SHORTEST_INTERVAL_MS = 20;
export const LONGEST_INTERVAL_MS = 2000;
/** Without memory that could be given, sampling serves reports and figures only. */
export const UNHELPED_INTERVAL_MS = 250;
/** A guest in which nothing changed for so long is taken to rest. */
export const LASTING_MS = 300_000;
/** Then it is sampled no faster than this. The host keeps room for bursts of more than twice this and the time to help (need/headroom). */
export const LASTING_INTERVAL_MS = 50;
/** With less than the reserve left, rest begins sooner and is deeper: the host knows, and no burst that begins there could be met. */
export const LASTING_SHORTAGE_MS = 30_000;
export const LASTING_SHORTAGE_INTERVAL_MS = 500;
/** Of the time to exhaustion at the fastest growth to be expected. */
const FRACTION_AT_REST = 0.5;
const FRACTION_ALERT = 0.25;

export interface IntervalInput {
  readonly availableBytes: number;
  /** Kept for the call itself to be answered. */
  readonly reserveBytes: number;
  /** Growth now, learned peak, and the balloon's own growth, whichever is fastest. */
  readonly fastestBytesPerSecond: number;
  /** Use grows, the balloon grows, or pressure is felt. */
  readonly alert: boolean;
  /** A demand is out and its memory has not come yet. */
  readonly waitingForHelp: boolean;
  /** The host has memory of this guest to give back, or is about to take some. */
  readonly canBeHelped: boolean;
  /** For so long nothing has changed. */
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
  const isLasting = input.lastingMs >= (isShort ? LASTING_SHORTAGE_MS : LASTING_MS);
  const restMs = isShort ? LASTING_SHORTAGE_INTERVAL_MS : LASTING_INTERVAL_MS;
  const unhelpedMs = input.canBeHelped ? 0 : UNHELPED_INTERVAL_MS;
  return Math.max(input.shortestMs, unhelpedMs, isLasting ? restMs : 0);
}
