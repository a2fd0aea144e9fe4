/** Keeps the agent's memory in place while the guest starves: what mlockall is on Linux. */
import type { Koffi } from "../koffi.ts";
import type { MemoryCalls } from "./memory-calls.ts";
import { openLibraries } from "./system.ts";

const THIS_PROCESS = -1;
/** winnt.h: the minimum holds under pressure, the maximum is none. */
const QUOTA_LIMITS_HARDWS_MIN_ENABLE = 0x1;
const QUOTA_LIMITS_HARDWS_MAX_DISABLE = 0x8;
const MIB = 1024 * 1024;
/** Room for what the heap grows by; the maximum must be above the minimum even where it does not bind. */
const ROOM_BYTES = 4 * MIB;

/** Drops what only starting up needed; the warm-up brings back what is used for ever. */
export function dropStartPages(koffi: Koffi): void {
  openLibraries(koffi).kernel32("int K32EmptyWorkingSet(intptr_t process)")(THIS_PROCESS);
}

/** Holds what is in memory now; false when Windows refuses. */
export function holdWorkingSet(koffi: Koffi, memory: MemoryCalls): boolean {
  const setSize = openLibraries(koffi).kernel32(
    "int SetProcessWorkingSetSizeEx(intptr_t process, size_t least, size_t most, uint32_t flags)",
  );
  const leastBytes = (memory.workingSetBytes() ?? 0) + ROOM_BYTES;
  const flags = QUOTA_LIMITS_HARDWS_MIN_ENABLE | QUOTA_LIMITS_HARDWS_MAX_DISABLE;
  return setSize(THIS_PROCESS, leastBytes, 2 * leastBytes, flags) !== 0;
}
