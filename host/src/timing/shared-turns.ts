/** Spreads much work of one kind over turns of the event loop: between two turns whatever has arrived is read and answered. */

/** A bounded number of starts for each turn of the event loop, in the order in which they were requested. */
export class SharedTurns {
  readonly #perTurn: number;
  readonly #waiting: (() => void)[] = [];
  #left: number;
  #isCounting = false;

  /** `perTurn`: how many may start in one turn. */
  constructor(perTurn: number) {
    this.#perTurn = perTurn;
    this.#left = perTurn;
  }

  /** Resolves when the work may start: in this turn while there is room, else in one of the next. */
  take(): Promise<void> {
    if (!this.#isCounting) this.#count();
    if (this.#left > 0 && this.#waiting.length === 0) {
      this.#left -= 1;
      return Promise.resolve();
    }
    return new Promise((go) => this.#waiting.push(go));
  }

  #count(): void {
    this.#isCounting = true;
    setImmediate(() => this.#next());
  }

  #next(): void {
    const started = this.#waiting.splice(0, this.#perTurn);
    this.#left = this.#perTurn - started.length;
    this.#isCounting = false;
    if (started.length > 0) this.#count();
    for (const go of started) go();
  }
}
