/** What waits for one reader of the stream, bounded in number and in size; pure. */

export interface QueueBounds {
  readonly messages: number;
  /** Characters of all that wait. */
  readonly characters: number;
}

/** Nothing may be left out of a stream of changes: a queue that is full has failed its reader for good. */
export class StreamQueue {
  readonly #bounds: QueueBounds;
  readonly #waiting: string[] = [];
  #characters = 0;

  constructor(bounds: QueueBounds) {
    this.#bounds = bounds;
  }

  /** False: it does not fit. */
  push(text: string): boolean {
    const { messages, characters } = this.#bounds;
    if (this.#waiting.length >= messages || this.#characters + text.length > characters) return false;
    this.#waiting.push(text);
    this.#characters += text.length;
    return true;
  }

  take(): string | undefined {
    const text = this.#waiting.shift();
    this.#characters -= text?.length ?? 0;
    return text;
  }

  clear(): void {
    this.#waiting.length = 0;
    this.#characters = 0;
  }
}
