/** A bounded rate. Pure; time comes from the caller. */
export class RateBudget {
  readonly #perSecond: number;
  readonly #burst: number;
  #left: number;
  #atMs: number | undefined;

  /** `burst` is there at the beginning, and is the most that can be saved up. */
  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#left = burst;
  }

  /** Whether anything is left. What was spent last may have cost more than there was: then time must pay for it first. */
  get isOpen(): boolean {
    return this.#left > 0;
  }

  /** What was spent beyond the budget and is not paid for yet. */
  get debt(): number {
    return Math.max(0, -this.#left);
  }

  /** Time has passed. */
  refill(nowMs: number): void {
    const passedMs = Math.max(0, nowMs - (this.#atMs ?? nowMs));
    this.#atMs = nowMs;
    this.#left = Math.min(this.#burst, this.#left + (passedMs * this.#perSecond) / 1000);
  }

  /** Takes so much, even if it is not there. */
  spend(amount: number): void {
    this.#left -= amount;
  }
}
