/** For how long nothing has changed in a guest: a lasting state needs no hurry, however little is left. */
import { NOISE_BYTES } from "./growth.ts";

/** A state that held for so long is taken to last. */
export const LASTING_MS = 30_000;

/** What a guest has at a moment of its monotonic clock. */
export interface Moment {
  readonly atMs: number;
  readonly use: { readonly availableBytes: number; readonly totalBytes: number };
}

/** Follows what a guest has and what is available to it. */
export class Stillness {
  #sinceMs = Number.NaN;
  #availableBytes = Number.NaN;
  #totalBytes = Number.NaN;

  /** Whether neither has changed by more than noise for long. Takes an object: V8 may allocate for numbers that are passed on. */
  lasts({ atMs, use }: Moment): boolean {
    const { availableBytes, totalBytes } = use;
    const moved =
      Math.abs(availableBytes - this.#availableBytes) + Math.abs(totalBytes - this.#totalBytes) > NOISE_BYTES;
    if (moved || Number.isNaN(this.#sinceMs) || atMs < this.#sinceMs) {
      this.#sinceMs = atMs;
      this.#availableBytes = availableBytes;
      this.#totalBytes = totalBytes;
    }
    return atMs - this.#sinceMs >= LASTING_MS;
  }
}
