/** Bytes on a channel that belong to no frame, and the words for them; pure. */

/** Noise between frames is shown for this long. */
const SHOWN_MS = 60_000;

export class NoiseWatch {
  #bytes = 0;
  #lastAtMs: number | undefined;

  /** The channel was opened: it counts anew. */
  reset(): void {
    this.#bytes = 0;
    this.#lastAtMs = undefined;
  }

  /** `betweenFrames`: before the first frame noise is the rest of one that began earlier, and not worth a word. */
  add(bytes: number, betweenFrames: boolean, nowMs: number): void {
    this.#bytes += bytes;
    if (betweenFrames) this.#lastAtMs = nowMs;
  }

  /** Why nothing but noise says that no agent is there; absent without noise. */
  get instead(): string | undefined {
    if (this.#bytes === 0) return undefined;
    return `only noise arrives on the agent channel (${this.#bytes} bytes): what uses the port is no Ballast agent`;
  }

  /** What is wrong between the frames; absent when there was nothing of late. */
  problem(nowMs: number): string | undefined {
    if (this.#lastAtMs === undefined || nowMs - this.#lastAtMs >= SHOWN_MS) return undefined;
    return `noise comes between the agent's frames (${this.#bytes} bytes dropped): does another program write to its port?`;
  }
}
