/** The longest wait for a lent monitor of late; pure. */

/**
 * Half of it is forgotten in this time, as the policy forgets the fastest growth of a guest: the two are multiplied. Proxmox polls every
 * ten seconds, so a worst case of ten minutes is one of sixty polls.
 */
const HALF_LIFE_MS = 10 * 60_000;
/**
 * Longer waits say nothing more: Proxmox's own tools give up after 5 s, and growth for so long fills what a guest's headroom may have at most.
 */
export const LONGEST_WAIT_MS = 5_000;

/** A maximum that decays. */
export class WorstWait {
  #ms = 0;
  #atMs = 0;
  #isMeasured = false;

  saw(waitMs: number, nowMs: number): void {
    this.#ms = Math.max(this.#faded(nowMs), Math.min(LONGEST_WAIT_MS, waitMs));
    this.#atMs = nowMs;
    this.#isMeasured = true;
  }

  /** Milliseconds; absent: nothing was measured yet. */
  valueMs(nowMs: number): number | undefined {
    return this.#isMeasured ? this.#faded(nowMs) : undefined;
  }

  #faded(nowMs: number): number {
    return this.#ms * 0.5 ** (Math.max(0, nowMs - this.#atMs) / HALF_LIFE_MS);
  }
}
