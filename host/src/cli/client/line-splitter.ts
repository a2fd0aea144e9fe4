/** Text in pieces → whole lines. */

/** No event is that long; a longer line means that the other end is not a broker. */
const LONGEST_LINE = 1024 * 1024;

export class LineSplitter {
  #rest = "";

  /** @throws {RangeError} when a line does not end. */
  push(text: string): string[] {
    const parts = (this.#rest + text).split("\n");
    this.#rest = parts.pop() ?? "";
    if (this.#rest.length > LONGEST_LINE) throw new RangeError("a line without end");
    return parts.filter((part) => part !== "");
  }
}
