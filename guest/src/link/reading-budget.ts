/**
 * How much of what the host sends is read. The host is not trusted with the guest's processor: beyond the budget the reader rests, and
 * the bytes wait at the host's end.
 */
import { RateBudget } from "./rate-budget.ts";

/**
 * Units a second. A broker answers each report and each demand once, which are 50 and 25 a second at most: this leaves more than
 * twice as much.
 */
export const UNITS_PER_SECOND = 200;
/** Units at once: what a broker may have ready after the guest stood still for two seconds. */
export const BURST_UNITS = 400;
/** Bytes that cost as much as a frame. A broker's frames have less than 200. */
export const BYTES_PER_UNIT = 1024;

/** The budget of one channel. */
export function readingBudget(): RateBudget {
  return new RateBudget(UNITS_PER_SECOND, BURST_UNITS);
}

/** What so many frames and bytes cost, in units. */
export function readingCost(frames: number, bytes: number): number {
  return frames + bytes / BYTES_PER_UNIT;
}
