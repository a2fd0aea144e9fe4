/**
 * Keeps the agent's code in memory while the guest starves.
 *
 * Code is dropped like any cache and would have to be read back from a disk that every program waits for: so it is locked. V8's heap is not:
 * V8 gives its pages back with `madvise(MADV_DONTNEED)`, the kernel refuses that for locked memory, and V8 aborts on the refusal. The
 * service's unit keeps the heap out of swap instead (`MemorySwapMax=0`). Figures: guest/docs/footprint.md.
 */
import { closeSync, openSync, readFileSync } from "node:fs";
import type { ProcessMemory } from "./process-memory.ts";
import { type FileMapping, parseFileMappings } from "./self-maps.ts";

/** linux/mman.h: lock pages as they are touched, so that unused code is never brought in. */
const MLOCK_ONFAULT = 1;
/** madvise(2): a fault reads one page and not its neighbours. */
const MADV_RANDOM = 1;
/** madvise(2): left out of a core dump, as code is anyway. It serves as a mark in which neighbours differ. */
const MADV_DONTDUMP = 16;
/** madvise(2), from Linux 5.4 on. */
const MADV_PAGEOUT = 21;
/** posix_fadvise(2) */
const POSIX_FADV_DONTNEED = 4;

/**
 * A fault maps up to 64 KiB around it that are in memory (`fault_around_bytes`), but nothing beyond its mapping. In pieces of this size less
 * than half as much unused code is mapped. Each costs the kernel some 300 bytes: smaller ones save little more than they cost.
 */
const PIECE_BYTES = 16 * 1024;
/** Smaller ones are libraries that other programs have in memory anyway. */
const LEAST_CUT_BYTES = 8 * 1024 * 1024;

/** The memory of this process that files back. Best effort: a refusal only means that more stays in memory, or that nothing is locked. */
export class CodeMemory {
  readonly #calls: ProcessMemory;
  /** As they were before any was cut into pieces. */
  readonly #mappings: readonly FileMapping[];

  constructor(calls: ProcessMemory, readMaps = readOwnMaps) {
    this.#calls = calls;
    this.#mappings = mappingsIn(readMaps);
  }

  /**
   * Drops the code that only the start needed. Call it before the warm-up, which brings back what is used for good. Read-ahead is switched
   * off first: otherwise each fault brings back the unused pages around it. From Linux 6.16 on that does not hold for code, so it is cut.
   */
  drop(): void {
    for (const { startAddress, lengthBytes } of this.#mappings)
      this.#calls.madvise(startAddress, lengthBytes, MADV_RANDOM);
    for (const mapping of this.#mappings) if (mapping.isCode) this.#cut(mapping);
    this.#pageOut();
  }

  /** Locks the pages that are in memory now, and those touched later. False when the system allows none of it. */
  lock(): boolean {
    let locked = 0;
    for (const { startAddress, lengthBytes } of this.#mappings) {
      if (this.#calls.mlock2(startAddress, lengthBytes, MLOCK_ONFAULT) === 0) locked++;
    }
    return locked > 0;
  }

  /** Drops once more what was used but for a while, warms up and locks again. To be called while nothing is urgent. */
  settle(warmUp: () => void): void {
    for (const { startAddress, lengthBytes } of this.#mappings)
      this.#calls.munlock(startAddress, lengthBytes);
    this.#pageOut();
    warmUp();
    this.lock();
  }

  #pageOut(): void {
    for (const { startAddress, lengthBytes } of this.#mappings)
      this.#calls.madvise(startAddress, lengthBytes, MADV_PAGEOUT);
    dropUnmapped(this.#calls);
  }

  /** Every other piece gets the mark, so that the kernel takes each for a mapping of its own. */
  #cut({ startAddress, lengthBytes }: FileMapping): void {
    if (lengthBytes < LEAST_CUT_BYTES) return;
    for (let at = 0; at < lengthBytes; at += 2 * PIECE_BYTES)
      this.#calls.madvise(startAddress + at, Math.min(PIECE_BYTES, lengthBytes - at), MADV_DONTDUMP);
  }
}

/** What read-ahead brought of the program without its being used: a fault maps such pages along with its own. */
function dropUnmapped(calls: ProcessMemory): void {
  try {
    const fd = openSync("/proc/self/exe", "r");
    calls.fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    closeSync(fd);
  } catch {
    // Without /proc more stays in memory.
  }
}

function mappingsIn(readMaps: () => string): FileMapping[] {
  try {
    return parseFileMappings(readMaps());
  } catch {
    return [];
  }
}

function readOwnMaps(): string {
  return readFileSync("/proc/self/maps", "latin1");
}
