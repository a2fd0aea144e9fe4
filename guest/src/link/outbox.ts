/** Frames that wait to be written: the newest of each kind, urgent ones first. */

/** In the order in which they are written. */
export const LANES = ["control", "demand", "report"] as const;
export type Lane = (typeof LANES)[number];

/**
 * Writes some of the bytes and returns how many; 0 when the channel takes nothing now.
 * May throw when the channel is gone.
 */
export type WriteSome = (bytes: Uint8Array, offset: number) => number;

/**
 * Holds at most one frame of each lane besides the one being written: an old report is worth nothing once there is a
 * newer one. A frame that was begun is always finished first, so that no frame is cut by this end.
 */
export class Outbox {
  readonly #waiting: Record<Lane, Uint8Array | undefined> = {
    control: undefined,
    demand: undefined,
    report: undefined,
  };
  #begun: Uint8Array | undefined;
  #offset = 0;

  get isEmpty(): boolean {
    return this.#begun === undefined && LANES.every((lane) => this.#waiting[lane] === undefined);
  }

  put(lane: Lane, frame: Uint8Array): void {
    this.#waiting[lane] = frame;
  }

  /** Writes as much as the channel accepts. */
  flush(write: WriteSome): void {
    for (;;) {
      this.#begun ??= this.#next();
      if (this.#begun === undefined) return;
      const written = write(this.#begun, this.#offset);
      this.#offset += written;
      if (this.#offset < this.#begun.length) {
        if (written === 0) return;
        continue;
      }
      this.#begun = undefined;
      this.#offset = 0;
    }
  }

  /** Drops everything: there is another host at the other end. */
  clear(): void {
    this.#begun = undefined;
    this.#offset = 0;
    for (const lane of LANES) this.#waiting[lane] = undefined;
  }

  #next(): Uint8Array | undefined {
    // Called with every sample: an iterator would be garbage.
    for (let i = 0; i < LANES.length; i++) {
      const lane = LANES[i];
      if (lane === undefined || this.#waiting[lane] === undefined) continue;
      const frame = this.#waiting[lane];
      this.#waiting[lane] = undefined;
      return frame;
    }
    return undefined;
  }
}
