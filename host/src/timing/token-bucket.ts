/** A bounded rate: so much per second, with a burst. Pure; time comes from the caller. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #atMs: number | undefined;

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
  }

  /** Takes one token if there is one. */
  take(nowMs: number): boolean {
    this.#refill(nowMs);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Takes `amount` even if it is not there, and tells after how many milliseconds the debt is paid; 0 for no debt. */
  spend(nowMs: number, amount: number): number {
    this.#refill(nowMs);
    this.#tokens -= amount;
    return Math.max(0, (-this.#tokens * 1000) / this.#perSecond);
  }

  #refill(nowMs: number): void {
    const passedMs = Math.max(0, nowMs - (this.#atMs ?? nowMs));
    this.#tokens = Math.min(this.#burst, this.#tokens + (passedMs * this.#perSecond) / 1000);
    this.#atMs = nowMs;
  }
}
