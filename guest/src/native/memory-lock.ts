/**
 * Keeps the agent in memory while the guest starves.
 *
 * Code is dropped like any cache and would have to be read back from a disk that everybody waits for; the rest goes to swap, where there is
 * some. Where V8 can give back locked memory (locked-discard.ts), all is locked, what comes later too. Elsewhere it would abort, so only what
 * a file backs is locked.
 */
import { readFileSync } from "node:fs";
import type { ProcessMemory } from "./process-memory.ts";
import { type FileMapping, parseFileMappings } from "./self-maps.ts";

/** linux/mman.h: lock pages as they are touched, so that unused code is never brought in. */
const MLOCK_ONFAULT = 1;
/** linux/mman.h, from 5.4 on. */
const MADV_PAGEOUT = 21;
/** MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT of mlockall(2). */
const ALL_ONFAULT = 7;
/** asm-generic/resource.h */
const RLIMIT_MEMLOCK = 8;
/** `struct rlimit`: the limit and how far it may be raised, 64 bits each. */
const RLIMIT_BYTES = 16;
const LIMIT_BYTES = 8;

type LockCalls = Pick<ProcessMemory, "mlock2" | "mlockall" | "getrlimit" | "setrlimit">;

/** What stays in memory: everything, what files back, or whatever the kernel likes. */
export type Locked = "all" | "code" | "nothing";

/**
 * Drops the code that only starting up needed. To be called before the warm-up, which brings back what is used for ever:
 * about 15 MB less stay locked. Best effort: it may be refused, and then merely more stays.
 */
export function dropColdCode(libc: Pick<ProcessMemory, "madvise">): void {
  for (const { startAddress, lengthBytes } of readMappings()) {
    libc.madvise(startAddress, lengthBytes, MADV_PAGEOUT);
  }
}

/** Locks what is in memory now and whatever is touched later, heap too if `withHeap`, as far as the system allows it. */
export function lockMemory(libc: LockCalls, withHeap: boolean): Locked {
  if (withHeap && lockAll(libc)) return "all";
  return lockCode(libc) ? "code" : "nothing";
}

/**
 * Only with the privilege to lock without limit (CAP_IPC_LOCK): up to a limit, memory would be refused later, of which V8 dies. A limit of 0
 * tells: nothing is then locked without the privilege (mlockall(2), EPERM).
 */
function lockAll(libc: LockCalls): boolean {
  const limit = new Uint8Array(RLIMIT_BYTES);
  if (libc.getrlimit(RLIMIT_MEMLOCK, limit) !== 0) return false;
  if (libc.setrlimit(RLIMIT_MEMLOCK, limit.slice().fill(0, 0, LIMIT_BYTES)) !== 0) return false;
  const locked = libc.mlockall(ALL_ONFAULT) === 0;
  libc.setrlimit(RLIMIT_MEMLOCK, limit);
  return locked;
}

function lockCode(libc: LockCalls): boolean {
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
