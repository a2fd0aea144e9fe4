/** A bounded rate in whole units: V8 would make an object of each fraction, at every sample. Pure; time comes from the caller. */
export class RateBudget {
  readonly #perSecond: number;
  readonly #burst: number;
  #left: number;
  #atMs: number | undefined;

  /** `burst` is available at the beginning, and is the most that can be saved. */
  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#left = burst;
  }

  /** Whether anything is left. The last spending may have cost more than there was: then time must pay for it first. */
  get isOpen(): boolean {
    return this.#left > 0;
  }

  /** What may be spent at once; below 0 for a debt. */
  get left(): number {
    return this.#left;
  }

  /** What was spent beyond the budget and is not paid for yet. */
  get debt(): number {
    return Math.max(0, -this.#left);
  }

  /** Time has passed. */
  refill(nowMs: number): void {
    if (this.#atMs === undefined || this.#left === this.#burst) {
      this.#atMs = nowMs;
      return;
    }
    const gained = Math.floor(((nowMs - this.#atMs) * this.#perSecond) / 1000);
    if (gained <= 0) return;
    this.#left = Math.min(this.#burst, this.#left + gained);
    this.#atMs += (gained * 1000) / this.#perSecond;
  }

  /** Takes this many units, even if fewer are left. */
  spend(amount: number): void {
    this.#left -= amount;
  }
}
