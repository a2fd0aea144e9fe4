/**
 * How much of what the host sends is read. The host is not trusted with the guest's processor: beyond the budget the reader rests, and
 * the bytes wait at the host's end.
 */
import { RateBudget } from "./rate-budget.ts";

/**
 * Units a second. A broker answers each report and each demand once, which are 50 and 25 a second at most. More would cost a guest on an
 * emulated processor 2 % of it for each further hundred.
 */
export const UNITS_PER_SECOND = 100;
/** Units at once: what a broker may have ready after the guest stood still for four seconds. */
export const BURST_UNITS = 400;
/** Bytes that cost as much as a frame. A broker's frames have less than 200. */
export const BYTES_PER_UNIT = 1024;
/** The same for bytes that belong to no frame: each may begin one, which must be looked into. A frame that was cut short is no more than what is there at once. */
export const NOISE_BYTES_PER_UNIT = 256;

/** Reads that cost as much as a frame, over WebSocket: over TLS a host can have single bytes read one by one. A broker's frames take one each. */
export const CHUNKS_PER_UNIT = 8;

/** The budget of one channel. */
export function readingBudget(): RateBudget {
  return new RateBudget(UNITS_PER_SECOND, BURST_UNITS);
}

/** The cost of one frame of this many bytes, in units. */
export function frameCost(bytes: number): number {
  return 1 + Math.floor(bytes / BYTES_PER_UNIT);
}

/** The cost of bytes that belong to no frame, in units. */
export function noiseCost(bytes: number): number {
  return Math.ceil(bytes / NOISE_BYTES_PER_UNIT);
}
