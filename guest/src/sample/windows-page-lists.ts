/**
 * Reads Windows' lists of pages that no program holds: SYSTEM_MEMORY_LIST_INFORMATION of NtQuerySystemInformation, which Microsoft does not
 * document. Layout as in System Informer's headers (phnt, ntexapi.h), the same since Windows Vista.
 */
import type { Mutable } from "./memory-sample.ts";
import { viewOf, wordAt } from "./structure-words.ts";

/** What the structure takes. */
export const MEMORY_LISTS_BYTES = 176;
/** Standby pages are kept in lists by priority, 0 (taken first) to 7. */
const PRIORITIES = 8;
/** The first of the standby lists is the sixth word. */
const STANDBY = 5;
const WORD_BYTES = 8;

export interface MemoryLists {
  readonly zeroedPages: number;
  readonly freePages: number;
  /** To be written before they can be used for something else. */
  readonly modifiedPages: number;
  readonly standbyPages: readonly number[];
  /** Pages taken off each standby list for another use, since boot. */
  readonly repurposedPages: readonly number[];
}

/** A parser of a buffer, which gives the same object each time; absent unless all of it is there and exact. */
export function memoryListsParser(bytes: Uint8Array): () => MemoryLists | undefined {
  const words = viewOf(bytes, MEMORY_LISTS_BYTES);
  if (!words) return () => undefined;
  const standbyPages = new Array<number>(PRIORITIES).fill(0);
  const repurposedPages = new Array<number>(PRIORITIES).fill(0);
  const lists: Mutable<MemoryLists> = {
    zeroedPages: Number.NaN,
    freePages: Number.NaN,
    modifiedPages: Number.NaN,
    standbyPages,
    repurposedPages,
  };
  return () => {
    for (let index = 0; index < STANDBY + 2 * PRIORITIES; index++) {
      if (!Number.isSafeInteger(wordAt(words, index * WORD_BYTES))) return undefined;
    }
    lists.zeroedPages = wordAt(words, 0);
    lists.freePages = wordAt(words, 8);
    // Those that must not be written yet are listed apart.
    lists.modifiedPages = wordAt(words, 16) + wordAt(words, 24);
    for (let priority = 0; priority < PRIORITIES; priority++) {
      standbyPages[priority] = wordAt(words, (STANDBY + priority) * WORD_BYTES);
      repurposedPages[priority] = wordAt(words, (STANDBY + PRIORITIES + priority) * WORD_BYTES);
    }
    return lists;
  };
}
