/**
 * Keeps the agent's code in memory while the guest starves.
 *
 * Only mappings that a file backs are locked. Without swap the kernel cannot take anonymous memory anyway, while code is
 * dropped like any cache and would have to be read back from a disk that everybody waits for. `mlockall` would be simpler, but V8
 * aborts the process when it gives back pages of its heap that are locked (madvise fails with EINVAL).
 */
import { readFileSync } from "node:fs";
import type { Libc } from "./libc.ts";
import { type FileMapping, parseFileMappings } from "./self-maps.ts";

/** linux/mman.h: lock pages as they are touched, so that unused code is never brought in. */
const MLOCK_ONFAULT = 1;
/** linux/mman.h, from 5.4 on. */
const MADV_PAGEOUT = 21;

/**
 * Drops the code that only starting up needed. To be called before the warm-up, which brings back what is used for ever:
 * about 15 MB less stay locked. Best effort: it may be refused, and then merely more stays.
 */
export function dropColdCode(libc: Libc): void {
  for (const { startAddress, lengthBytes } of readMappings()) {
    libc.madvise(startAddress, lengthBytes, MADV_PAGEOUT);
  }
}

/** Locks what is in memory now and whatever is touched later; false when the system allows none of it. */
export function lockCode(libc: Libc): boolean {
  let locked = 0;
  for (const { startAddress, lengthBytes } of readMappings()) {
    if (libc.mlock2(startAddress, lengthBytes, MLOCK_ONFAULT) === 0) locked++;
  }
  return locked > 0;
}

function readMappings(): FileMapping[] {
  try {
    return parseFileMappings(readFileSync("/proc/self/maps", "latin1"));
  } catch {
    return [];
  }
}
