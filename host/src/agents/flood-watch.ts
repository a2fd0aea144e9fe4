/** Frames beyond what a guest may send, and the text about them. Pure. */

/** A flood is shown for this long after its last frame. */
const SHOWN_MS = 60_000;

export class FloodWatch {
  #frames = 0;
  #lastAtMs: number | undefined;

  /** One frame was dropped unread. */
  add(nowMs: number): void {
    this.#frames++;
    this.#lastAtMs = nowMs;
  }

  /** The problem of a guest that sends too much. Undefined if it did not lately. */
  problem(nowMs: number): string | undefined {
    if (this.#lastAtMs === undefined || nowMs - this.#lastAtMs >= SHOWN_MS) return undefined;
    return `the guest sends more than an agent does (${this.#frames} frames dropped unread): is its agent broken, or hostile?`;
  }
}
