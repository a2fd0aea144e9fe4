/** Tells from Windows' counters how much of what was dropped from the cache is read again. */
import type { MemoryLists } from "./windows-page-lists.ts";
import type { PagingCounters } from "./windows-structures.ts";

/** Pages of ordinary programs have priority 5; what is below was read ahead or by background work, and is hardly missed. */
const LOWEST_MISSED_PRIORITY = 5;
const WRAP = 0x1_0000_0000;

/** A counter of 32 bits, followed beyond them. */
export class WideCounter {
  #last = Number.NaN;
  #total = 0;

  /** The whole count, given the next reading. */
  add(reading: number): number {
    if (Number.isNaN(this.#last)) this.#total = reading;
    else this.#total += (reading - this.#last + WRAP) % WRAP;
    this.#last = reading;
    return this.#total;
  }
}

/**
 * Windows has no counter of refaults. What it has bounds them from two sides: a page that is read again was read, and it had been taken off
 * a standby list for another use. So of what happens between two readings the smaller of the two counts: a cache that fills free memory reads
 * but drops nothing, and memory that goes to a growing program drops but reads nothing. Reading ever new files through a full cache counts too,
 * which errs on the side of the guest.
 */
export class RefaultEstimate {
  #readPages = Number.NaN;
  #repurposedPages = 0;
  #total = 0;

  /** Pages since the first reading; absent without the lists, which only administrators may read. */
  add(paging: PagingCounters, lists: MemoryLists | undefined): number | undefined {
    if (lists === undefined || paging.readPages === undefined) return undefined;
    const repurposedPages = sum(lists.repurposedPages, LOWEST_MISSED_PRIORITY);
    if (!Number.isNaN(this.#readPages)) {
      const read = (paging.readPages - this.#readPages + WRAP) % WRAP;
      this.#total += Math.min(read, Math.max(0, repurposedPages - this.#repurposedPages));
    }
    this.#readPages = paging.readPages;
    this.#repurposedPages = repurposedPages;
    return this.#total;
  }
}

/** Of the values from the place `from` on. */
export function sum(values: readonly number[], from = 0): number {
  let total = 0;
  for (let i = from; i < values.length; i++) total += values[i] ?? 0;
  return total;
}
