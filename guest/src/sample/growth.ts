/** How fast a guest's use grows: now, and at its fastest lately. */

const MIB = 1024 * 1024;

/** Less than this is the noise of per-CPU page lists, huge page faults and starting programs. */
export const NOISE_BYTES = 4 * MIB;
/** Growth is looked for over this much time, so that a slow but steady climb is seen in short intervals too. */
export const WINDOW_MS = 500;
/** A peak is taken over no less time than this: a huge page in 20 ms is no rate to prepare for. */
export const PEAK_OVER_MS = 60;
/** The peak halves in this time. */
export const PEAK_HALF_LIFE_MS = 600_000;
/** A longer gap means that the guest was stopped, moved or saved: nothing follows from the difference. */
export const GAP_MS = 10_000;
/** As many as fit into a window of the shortest intervals. */
const MAX_POINTS = 32;

export interface Growth {
  /** Fastest credible growth within the window, 0 when there is none. */
  readonly bytesPerSecond: number;
  /** Fastest growth seen, decaying. */
  readonly peakBytesPerSecond: number;
}

/** Follows one quantity through time. */
export class GrowthTracker {
  readonly #atMs = new Float64Array(MAX_POINTS);
  readonly #bytes = new Float64Array(MAX_POINTS);
  #count = 0;
  #newest = -1;
  #peakBytesPerSecond = 0;

  /** Takes the next point; points must come in the order of time. */
  add(atMs: number, bytes: number): Growth {
    const gapMs = this.#count > 0 ? atMs - (this.#atMs[this.#newest] ?? atMs) : 0;
    if (gapMs < 0 || gapMs > GAP_MS) this.#count = 0;
    this.#peakBytesPerSecond *= 2 ** (-Math.max(0, gapMs) / PEAK_HALF_LIFE_MS);
    const growth = this.#look(atMs, bytes);
    this.#push(atMs, bytes);
    return growth;
  }

  #look(atMs: number, bytes: number): Growth {
    let fastest = 0;
    for (let back = 0; back < this.#count; back++) {
      const slot = (this.#newest - back + MAX_POINTS) % MAX_POINTS;
      const overMs = atMs - (this.#atMs[slot] ?? atMs);
      // The newest point counts however old it is: at rest there is no other.
      if (back > 0 && overMs > WINDOW_MS) break;
      const risenBytes = bytes - (this.#bytes[slot] ?? bytes);
      if (overMs <= 0 || risenBytes < NOISE_BYTES) continue;
      const rate = (risenBytes * 1000) / overMs;
      fastest = Math.max(fastest, rate);
      if (overMs >= PEAK_OVER_MS) this.#peakBytesPerSecond = Math.max(this.#peakBytesPerSecond, rate);
    }
    return { bytesPerSecond: Math.round(fastest), peakBytesPerSecond: Math.round(this.#peakBytesPerSecond) };
  }

  #push(atMs: number, bytes: number): void {
    this.#newest = (this.#newest + 1) % MAX_POINTS;
    this.#count = Math.min(this.#count + 1, MAX_POINTS);
    this.#atMs[this.#newest] = atMs;
    this.#bytes[this.#newest] = bytes;
  }
}
