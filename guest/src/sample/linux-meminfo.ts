/** Parses /proc/meminfo (kernel: fs/proc/meminfo.c, Documentation/filesystems/proc.rst). */
import { KeyValueScanner } from "./key-values.ts";

const KIB = 1024;

/** What the agent takes from meminfo, in bytes; absent where the kernel does not say. */
export interface Meminfo {
  readonly totalBytes?: number;
  readonly freeBytes?: number;
  readonly availableBytes?: number;
  /** File pages on the LRU lists: no tmpfs, no shared memory. */
  fileBytes?: number;
  /** Those of them that were used more than once. */
  readonly activeFileBytes?: number;
  readonly inactiveFileBytes?: number;
  readonly slabReclaimableBytes?: number;
  readonly dirtyBytes?: number;
  readonly anonymousBytes?: number;
  readonly sharedBytes?: number;
  readonly unevictableBytes?: number;
  readonly committedBytes?: number;
  readonly commitLimitBytes?: number;
  readonly swapTotalBytes?: number;
  readonly swapFreeBytes?: number;
  readonly hugetlbBytes?: number;
  /** Kernels from 6.16 on. */
  readonly balloonBytes?: number;
}

const scanner = new KeyValueScanner({
  totalBytes: ["MemTotal"],
  freeBytes: ["MemFree"],
  availableBytes: ["MemAvailable"],
  activeFileBytes: ["Active(file)"],
  inactiveFileBytes: ["Inactive(file)"],
  slabReclaimableBytes: ["SReclaimable"],
  dirtyBytes: ["Dirty"],
  anonymousBytes: ["AnonPages"],
  sharedBytes: ["Shmem"],
  unevictableBytes: ["Unevictable"],
  committedBytes: ["Committed_AS"],
  commitLimitBytes: ["CommitLimit"],
  swapTotalBytes: ["SwapTotal"],
  swapFreeBytes: ["SwapFree"],
  hugetlbBytes: ["Hugetlb"],
  balloonBytes: ["Balloon"],
});

/** Never throws: what is missing or malformed is absent. Makes one object and no strings. */
export function parseMeminfo(bytes: Uint8Array, length = bytes.length): Meminfo {
  const meminfo: Meminfo = scanner.scan(bytes, length, KIB);
  const { activeFileBytes, inactiveFileBytes } = meminfo;
  if (activeFileBytes !== undefined && inactiveFileBytes !== undefined) {
    meminfo.fileBytes = activeFileBytes + inactiveFileBytes;
  }
  return meminfo;
}
