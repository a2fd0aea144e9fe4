/** Virtual time: things to happen, taken out in the order of their time, and of their coming where times are equal. */

/** Something that happens at a time. */
interface Entry {
  readonly atMs: number;
  readonly order: number;
  readonly happen: () => void;
}

/** A binary heap of events. */
export class EventQueue {
  readonly #heap: Entry[] = [];
  #order = 0;

  add(atMs: number, happen: () => void): void {
    const entry = { atMs, order: this.#order++, happen };
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isBefore(entry, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  /** Takes the next event out; absent: nothing is left. */
  next(): { readonly atMs: number; readonly happen: () => void } | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    this.#sink(last);
    return first;
  }

  #sink(entry: Entry): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const left = heap[child];
      const right = heap[child + 1];
      if (left === undefined) break;
      let least = left;
      if (right !== undefined && isBefore(right, left)) {
        least = right;
        child += 1;
      }
      if (!isBefore(least, entry)) break;
      heap[at] = least;
      at = child;
    }
    heap[at] = entry;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
