/** Holds what was learned of guests' hot caches, as the history keeps it over a start of the broker. */
import type { RememberedHotCache } from "../model/guest.ts";
import type { HotCacheSource, LearnedHotCache } from "../model/history.ts";

/** A hot cache as it is stored. */
export interface StoredHotCache extends LearnedHotCache {
  /** When it was learned, on the wall clock. */
  readonly atMs: number;
}

export class HotCaches implements HotCacheSource {
  readonly #nowMs: () => number;
  #remembered: ReadonlyMap<string, RememberedHotCache> = new Map();

  /** `nowMs` is the broker's monotonic clock. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  of(name: string): RememberedHotCache | undefined {
    return this.#remembered.get(name);
  }

  /** Takes what is stored, in place of what was remembered. A wall clock that was set back makes nothing younger than now. */
  recall(stored: readonly StoredHotCache[], wallMs: number): void {
    const nowMs = this.#nowMs();
    this.#remembered = new Map(
      stored.map(({ name, bootId, bytes, atMs }) => [
        name,
        { bytes, bootId, learnedAtMs: nowMs - Math.max(0, wallMs - atMs) },
      ]),
    );
  }
}
