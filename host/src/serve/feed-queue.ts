/** What waits for one slow reader of the event stream: bounded, the oldest goes first, losses are counted. */
export class FeedQueue<T> {
  readonly #limit: number;
  readonly #waiting: T[] = [];
  #dropped = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(item: T): void {
    this.#waiting.push(item);
    if (this.#waiting.length <= this.#limit) return;
    this.#waiting.shift();
    this.#dropped++;
  }

  /** A loss is told before what came after it. */
  take(): { readonly dropped: number } | { readonly item: T } | undefined {
    if (this.#dropped > 0) {
      const dropped = this.#dropped;
      this.#dropped = 0;
      return { dropped };
    }
    const item = this.#waiting.shift();
    return item === undefined ? undefined : { item };
  }
}
