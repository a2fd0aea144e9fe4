/** Tells a balloon that the guest's kernel does not count (Windows) from growth of its programs. */

/** Follows use through announced inflations: growth that an announcement explains is the balloon's. */
export class HiddenBalloon {
  #expectedBytes = 0;
  #takenBytes = 0;
  #lastUsedBytes: number | undefined;

  /** The host will inflate by this much. What is left of an earlier announcement does not come any more. */
  announce(inflateBytes: number): void {
    this.#expectedBytes = inflateBytes;
  }

  /**
   * Use without what announced inflations took of it, in bytes; only its changes mean something. `inflating` ends when the announced
   * inflation must be over: what comes later is growth again.
   */
  withoutBalloon(usedBytes: number, inflating: boolean): number {
    const risenBytes = Math.max(0, usedBytes - (this.#lastUsedBytes ?? usedBytes));
    this.#lastUsedBytes = usedBytes;
    if (!inflating) this.#expectedBytes = 0;
    const explainedBytes = Math.min(risenBytes, this.#expectedBytes);
    this.#expectedBytes -= explainedBytes;
    this.#takenBytes += explainedBytes;
    return usedBytes - this.#takenBytes;
  }
}
