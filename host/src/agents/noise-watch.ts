/** Bytes on a channel that belong to no frame, and the texts about them. Pure. */

/** Noise between frames is shown for this long. */
const SHOWN_MS = 60_000;

export class NoiseWatch {
  #bytes = 0;
  #lastAtMs: number | undefined;

  /** The channel was opened: counting begins anew. */
  reset(): void {
    this.#bytes = 0;
    this.#lastAtMs = undefined;
  }

  /** `betweenFrames` is false before the first frame: such noise is the rest of an earlier frame and needs no message. */
  add(bytes: number, betweenFrames: boolean, nowMs: number): void {
    this.#bytes += bytes;
    if (betweenFrames) this.#lastAtMs = nowMs;
  }

  /** The problem of a channel that carries only noise, as if no agent were there. Undefined without noise. */
  get instead(): string | undefined {
    if (this.#bytes === 0) return undefined;
    return `only noise arrives on the agent channel (${this.#bytes} bytes): what uses the port is no Ballast agent`;
  }

  /** The problem of noise between frames. Undefined if there was none lately. */
  problem(nowMs: number): string | undefined {
    if (this.#lastAtMs === undefined || nowMs - this.#lastAtMs >= SHOWN_MS) return undefined;
    return `noise comes between the agent's frames (${this.#bytes} bytes dropped): does another program write to its port?`;
  }
}
