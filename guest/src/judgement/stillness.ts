/** How long nothing has changed in a guest: a lasting state is not urgent, however little memory is left. */
import { NOISE_BYTES } from "./growth.ts";

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

  /** Milliseconds in which neither has changed by more than noise. It takes an object because V8 may allocate for passed numbers. */
  lastsMs({ atMs, use }: Moment): number {
    const { availableBytes, totalBytes } = use;
    const moved =
      Math.abs(availableBytes - this.#availableBytes) + Math.abs(totalBytes - this.#totalBytes) > NOISE_BYTES;
    if (moved || Number.isNaN(this.#sinceMs) || atMs < this.#sinceMs) {
      this.#sinceMs = atMs;
      this.#availableBytes = availableBytes;
      this.#totalBytes = totalBytes;
    }
    return atMs - this.#sinceMs;
  }
}
