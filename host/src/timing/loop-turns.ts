/** Gives each piece of work for strangers a turn of the event loop of its own: between two, however many wait, agents are read and demands are met. */

/** A connection. */
interface Waiter {
  readonly destroyed: boolean;
}

interface Waiting {
  readonly waiter: Waiter;
  readonly go: (isWanted: boolean) => void;
}

export class LoopTurns {
  readonly #waiting: Waiting[] = [];

  /** Resolves when it is its turn; false: its connection is closed, so there is nothing to do. */
  take(waiter: Waiter): Promise<boolean> {
    return new Promise((go) => {
      if (this.#waiting.push({ waiter, go }) === 1) setImmediate(() => this.#next());
    });
  }

  /** Those that were cut meanwhile cost no turn: they come in any number. */
  #next(): void {
    let next = this.#waiting.shift();
    for (; next?.waiter.destroyed === true; next = this.#waiting.shift()) next.go(false);
    next?.go(true);
    if (this.#waiting.length > 0) setImmediate(() => this.#next());
  }
}
