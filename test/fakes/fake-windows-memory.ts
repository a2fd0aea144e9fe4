/** A Windows guest's answers, to be changed by the test. */
import type { WindowsMemory } from "../../guest/src/sample/read-windows.ts";
import type { MemoryLists } from "../../guest/src/sample/windows-page-lists.ts";
import type { Commit, PagingCounters } from "../../guest/src/sample/windows-structures.ts";

const MIB = 1024 * 1024;
const PAGES_PER_MIB = 256;

export class FakeWindowsMemory implements WindowsMemory {
  totalMib = 4096;
  zeroedMib = 200;
  freeMib = 100;
  standbyMib = 1700;
  modifiedMib = 50;
  lowMemory = false;
  /** Whether the process may read the page lists. */
  mayReadLists = true;
  commitFigures: Commit = { committedBytes: 3000 * MIB, commitLimitBytes: 8000 * MIB };
  pagingFigures: PagingCounters = { readPages: 0, hardFaults: 0, writtenPages: 0 };
  repurposedPages = 0;
  listReads = 0;

  get availableMib(): number {
    return this.zeroedMib + this.freeMib + this.standbyMib;
  }

  status() {
    return { totalBytes: this.totalMib * MIB, availableBytes: this.availableMib * MIB };
  }

  commit() {
    return this.commitFigures;
  }

  paging() {
    return this.pagingFigures;
  }

  lists(): MemoryLists | undefined {
    this.listReads++;
    if (!this.mayReadLists) return undefined;
    return {
      zeroedPages: this.zeroedMib * PAGES_PER_MIB,
      freePages: this.freeMib * PAGES_PER_MIB,
      modifiedPages: this.modifiedMib * PAGES_PER_MIB,
      standbyPages: [0, 0, 0, 0, 0, this.standbyMib * PAGES_PER_MIB, 0, 0],
      repurposedPages: [0, 0, 0, 0, 0, this.repurposedPages, 0, 0],
    };
  }

  notices() {
    return { lowMemory: this.lowMemory, highMemory: !this.lowMemory };
  }

  privateBytes() {
    return 12 * MIB;
  }
}
