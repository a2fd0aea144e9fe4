/** A mean over time. */
export class Mean {
  #weighted = 0;
  #ms = 0;

  add(bytes: number, ms: number): void {
    this.#weighted += bytes * ms;
    this.#ms += ms;
  }

  /** Whole bytes; undefined: nothing was added. */
  get value(): number | undefined {
    return this.#ms === 0 ? undefined : Math.round(this.#weighted / this.#ms);
  }
}
