/** Lines of the log that wait to be written: bounded; what does not fit is dropped and counted; pure. */
export class LineQueue {
  readonly #mostBytes: number;
  #lines: Buffer[] = [];
  #bytes = 0;
  #dropped = 0;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** A loss is not taken yet. */
  get isLosing(): boolean {
    return this.#dropped > 0;
  }

  /** Once a line is dropped, all later ones are until the loss is taken: so it can be told at the place where it happened. */
  push(text: string): void {
    const line = Buffer.from(text);
    if (this.#dropped > 0 || this.#bytes + line.length > this.#mostBytes) {
      this.#dropped++;
      return;
    }
    this.#lines.push(line);
    this.#bytes += line.length;
  }

  /** The oldest lines, as many as fit into `mostBytes` but at least one; absent: none waits. */
  take(mostBytes: number): Buffer | undefined {
    let count = 0;
    let bytes = 0;
    for (const { length } of this.#lines) {
      if (count > 0 && bytes + length > mostBytes) break;
      count++;
      bytes += length;
    }
    this.#bytes -= bytes;
    return count === 0 ? undefined : Buffer.concat(this.#lines.splice(0, count), bytes);
  }

  /** How many lines were dropped, once half of the room is free again; from then on lines are taken in. */
  takeLoss(): number {
    if (this.#bytes * 2 > this.#mostBytes) return 0;
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }
}
