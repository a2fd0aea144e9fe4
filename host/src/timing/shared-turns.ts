/** Spreads much work of one kind over turns of the event loop: between two turns whatever has arrived is read and answered. */

/** Work that takes longer no longer keeps other work waiting: so many pieces begin in this time at least. */
const PATIENCE_MS = 4;

interface Piece {
  readonly work: () => Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Begins work in the order in which it was requested: so many pieces in one turn of the event loop, and no more while as many are under
 * way. Otherwise what they wait for would arrive all at once, and be one long turn.
 */
export class SharedTurns {
  readonly #most: number;
  readonly #waiting: Piece[] = [];
  #underWay = 0;
  #patience: NodeJS.Timeout | undefined;
  #isNextSet = false;

  /** `most`: how many pieces may be under way, and begin in one turn. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Resolves, or rejects, as the work does. */
  run(work: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ work, resolve, reject });
      if (this.#patience === undefined) this.#setNext();
    });
  }

  #setNext(): void {
    if (this.#isNextSet) return;
    this.#isNextSet = true;
    setImmediate(() => this.#next());
  }

  #next(): void {
    this.#isNextSet = false;
    const room = Math.max(0, this.#most - this.#underWay);
    for (const piece of this.#waiting.splice(0, room)) this.#begin(piece);
    if (this.#waiting.length > 0) this.#patience ??= setTimeout(() => this.#lostPatience(), PATIENCE_MS);
  }

  #begin({ work, resolve, reject }: Piece): void {
    this.#underWay += 1;
    const end = () => {
      this.#ended();
      resolve();
    };
    void work().then(end, (error: unknown) => {
      this.#ended();
      reject(error);
    });
  }

  #ended(): void {
    // One that took long is not counted any more.
    this.#underWay = Math.max(0, this.#underWay - 1);
    if (this.#waiting.length === 0) return;
    clearTimeout(this.#patience);
    this.#patience = undefined;
    this.#setNext();
  }

  #lostPatience(): void {
    this.#patience = undefined;
    this.#underWay = 0;
    this.#setNext();
  }
}
