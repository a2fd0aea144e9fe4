/** How fast a guest's use grows: now, and at its fastest lately. */

const KIB = 1024;
const MIB = KIB * KIB;

/** Less growth than this is noise of per-CPU page lists, huge page faults and starting programs. */
export const NOISE_BYTES = 4 * MIB;
const NOISE_KIB = NOISE_BYTES / KIB;
/** Growth is measured over this time, so that slow but steady growth shows even in short intervals. */
export const WINDOW_MS = 500;
/** A peak is measured over at least this time: one huge page in 20 ms is no rate to prepare for. */
export const PEAK_OVER_MS = 60;
/** The peak halves in this time. */
export const PEAK_HALF_LIFE_MS = 600_000;
/** After a longer gap the guest was stopped, moved or saved: the difference gives no rate. */
export const GAP_MS = 10_000;
/** As many points as fit into a window of the shortest intervals. */
const MAX_POINTS = 32;

export interface Growth {
  /** Fastest credible growth within the window, 0 when there is none. */
  readonly bytesPerSecond: number;
  /** Fastest growth seen, decaying. */
  readonly peakBytesPerSecond: number;
}

/** Follows one quantity through time. Results are its own fields, so that no object becomes garbage. */
export class GrowthTracker implements Growth {
  bytesPerSecond = 0;
  peakBytesPerSecond = 0;
  // Numbers of 32 bits, because V8 allocates for larger ones until code is compiled. They wrap, which differences tolerate.
  readonly #atMs = new Int32Array(MAX_POINTS);
  readonly #kib = new Int32Array(MAX_POINTS);
  #count = 0;
  #newest = -1;
  #peak = 0;

  /** Takes the next point; points must come in the order of time. */
  add(atMs: number, bytes: number): Growth {
    // So short that V8 inlines it: a call would allocate the large number.
    return this.#addKib(atMs | 0, (bytes / KIB) | 0);
  }

  #addKib(ms: number, kib: number): Growth {
    const gapMs = this.#count > 0 ? (ms - (this.#atMs[this.#newest] ?? ms)) | 0 : 0;
    if (gapMs < 0 || gapMs > GAP_MS) this.#count = 0;
    this.#peak *= 2 ** (-Math.max(0, gapMs) / PEAK_HALF_LIFE_MS);
    this.bytesPerSecond = Math.round(this.#look(ms, kib));
    this.peakBytesPerSecond = Math.round(this.#peak);
    this.#push(ms, kib);
    return this;
  }

  #look(ms: number, kib: number): number {
    let fastest = 0;
    for (let back = 0; back < this.#count; back++) {
      const slot = (this.#newest - back + MAX_POINTS) % MAX_POINTS;
      const overMs = (ms - (this.#atMs[slot] ?? ms)) | 0;
      // The newest point counts however old it is: at rest it is the only one.
      if (back > 0 && overMs > WINDOW_MS) break;
      const risenKib = (kib - (this.#kib[slot] ?? kib)) | 0;
      if (overMs <= 0 || risenKib < NOISE_KIB) continue;
      const rate = (risenKib * KIB * 1000) / overMs;
      fastest = Math.max(fastest, rate);
      if (overMs >= PEAK_OVER_MS) this.#peak = Math.max(this.#peak, rate);
    }
    return fastest;
  }

  #push(ms: number, kib: number): void {
    this.#newest = (this.#newest + 1) % MAX_POINTS;
    this.#count = Math.min(this.#count + 1, MAX_POINTS);
    this.#atMs[this.#newest] = ms;
    this.#kib[this.#newest] = kib;
  }
}
