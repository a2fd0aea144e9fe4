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
/** madvise(2), from Linux 5.4 on. */
const MADV_PAGEOUT = 21;

/** posix_fadvise(2) */
const POSIX_FADV_DONTNEED = 4;

/**
 * Drops the code that only the start needed. Call it before the warm-up, which brings back what is used for good. Read-ahead is switched off
 * first: otherwise each fault brings back the unused pages around it, and 15 MB more stay locked. Best effort: a refusal only means that more
 * stays.
 */
export function dropColdCode(
  memory: Pick<ProcessMemory, "madvise" | "fadvise">,
  readMaps = readOwnMaps,
): void {
  const mappings = mappingsIn(readMaps);
  for (const { startAddress, lengthBytes } of mappings)
    memory.madvise(startAddress, lengthBytes, MADV_RANDOM);
  for (const { startAddress, lengthBytes } of mappings)
    memory.madvise(startAddress, lengthBytes, MADV_PAGEOUT);
  dropUnmapped(memory);
}

/** What read-ahead brought of the program without its being used: a fault maps such pages along with its own. */
function dropUnmapped(memory: Pick<ProcessMemory, "fadvise">): void {
  try {
    const fd = openSync("/proc/self/exe", "r");
    memory.fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    closeSync(fd);
  } catch {
    // Without /proc more stays in memory.
  }
}

/** Locks the pages of files that are in memory now, and those touched later. False when the system allows none of it. */
export function lockCode(memory: Pick<ProcessMemory, "mlock2">, readMaps = readOwnMaps): boolean {
  let locked = 0;
  for (const { startAddress, lengthBytes } of mappingsIn(readMaps)) {
    if (memory.mlock2(startAddress, lengthBytes, MLOCK_ONFAULT) === 0) locked++;
  }
  return locked > 0;
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
