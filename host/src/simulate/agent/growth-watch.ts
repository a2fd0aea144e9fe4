/** The agent's eye for growth: how fast a quantity rises now, and at its fastest lately. Held to the real agent by a contract test. */
import { MIB } from "../../model/bytes.ts";

const NOISE_BYTES = 4 * MIB;
const WINDOW_MS = 500;
const PEAK_OVER_MS = 60;
const PEAK_HALF_LIFE_MS = 600_000;
const GAP_MS = 10_000;
const MAX_POINTS = 32;

/** Follows one quantity. */
export class GrowthWatch {
  readonly #points: { readonly atMs: number; readonly bytes: number }[] = [];
  bytesPerSecond = 0;
  #peakBytesPerSecond = 0;

  get peakBytesPerSecond(): number {
    return Math.round(this.#peakBytesPerSecond);
  }

  add(atMs: number, bytes: number): void {
    const points = this.#points;
    const gapMs = atMs - (points.at(-1)?.atMs ?? atMs);
    if (gapMs > GAP_MS) points.length = 0;
    this.#peakBytesPerSecond *= 2 ** (-gapMs / PEAK_HALF_LIFE_MS);
    this.bytesPerSecond = Math.round(this.#fastest(atMs, bytes));
    points.push({ atMs, bytes });
    if (points.length > MAX_POINTS) points.shift();
  }

  #fastest(atMs: number, bytes: number): number {
    let fastest = 0;
    for (let i = this.#points.length - 1; i >= 0; i--) {
      const point = this.#points[i];
      if (point === undefined) break;
      const overMs = atMs - point.atMs;
      if (i < this.#points.length - 1 && overMs > WINDOW_MS) break;
      const risenBytes = bytes - point.bytes;
      if (overMs <= 0 || risenBytes < NOISE_BYTES) continue;
      const rate = (risenBytes * 1000) / overMs;
      fastest = Math.max(fastest, rate);
      if (overMs >= PEAK_OVER_MS) this.#peakBytesPerSecond = Math.max(this.#peakBytesPerSecond, rate);
    }
    return fastest;
  }
}
