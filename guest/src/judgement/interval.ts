/** How long the agent may look away: proportional to the time in which the guest could run out. */

export const SHORTEST_INTERVAL_MS = 20;
export const LONGEST_INTERVAL_MS = 2000;
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
  readonly shortestMs: number;
  readonly longestMs: number;
}

/** Milliseconds until the next sample. */
export function nextIntervalMs(input: IntervalInput): number {
  if (input.waitingForHelp) return input.shortestMs;
  const usableBytes = Math.max(0, input.availableBytes - input.reserveBytes);
  const exhaustedInMs = (usableBytes * 1000) / Math.max(1, input.fastestBytesPerSecond);
  const fraction = input.alert ? FRACTION_ALERT : FRACTION_AT_REST;
  return Math.round(Math.min(input.longestMs, Math.max(input.shortestMs, exhaustedInMs * fraction)));
}
