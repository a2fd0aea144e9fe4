/** The set-ups that are measured on real guests and simulated: the same figures for both sides. */
import { MIB } from "../../../host/src/model/bytes.ts";

export const FULL_BYTES = 512 * MIB;
export const SQUEEZED_BYTES = 200 * MIB;
/** Touched by each burst. */
export const TOUCHED_BYTES = 280 * MIB;
export const BURST_RATES = [20, 50, 100].map((mib) => mib * MIB);
/** Sizes at which an idle guest is observed. */
export const LADDER_MIB = [512, 448, 384, 320, 256, 200, 170];
/** A set that is read at random from a disk that serves so many misses a second, at ever smaller sizes. */
export const HOT_BYTES = 150 * MIB;
export const MISSES_PER_SECOND = 400;
export const CACHE_SIZES_MIB = [512, 300, 270, 260, 250, 240, 230, 220, 200];
/** At each size: time to find its balance, and time that is counted. */
export const SETTLE_MS = 8_000;
export const WATCH_MS = 10_000;

/** Bytes a second of a balloon that moves between full and squeezed. */
export interface Speeds {
  readonly inflateBytesPerSecond: number;
  readonly deflateBytesPerSecond: number;
}

/** What a guest's kernel says at a size. */
export interface Sizes {
  readonly sizeBytes: number;
  readonly availableBytes: number;
}

/** What a reader achieves at a size. */
export interface ReadSpeed {
  readonly sizeBytes: number;
  readonly availableBytes: number;
  readonly readsPerSecond: number;
  readonly refaultsPerSecond: number;
}
