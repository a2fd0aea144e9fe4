/** Parses /proc/meminfo (kernel: fs/proc/meminfo.c, Documentation/filesystems/proc.rst). */
import { KeyValueScanner } from "./key-values.ts";

const KIB = 1024;

/** What the agent takes from meminfo, in bytes; absent where the kernel does not say. */
export interface Meminfo {
  readonly totalBytes?: number;
  readonly freeBytes?: number;
  readonly availableBytes?: number;
  /** File pages on the LRU lists: no tmpfs, no shared memory. */
  readonly fileBytes?: number;
  /** Those of them that were used more than once. */
  readonly activeFileBytes?: number;
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

const KEYS = {
  totalBytes: ["MemTotal"],
  freeBytes: ["MemFree"],
  availableBytes: ["MemAvailable"],
  fileBytes: ["Active(file)", "Inactive(file)"],
  activeFileBytes: ["Active(file)"],
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
};

/** A parser that never throws: what is missing or malformed is absent. Its result shows the newest figures, and is always the same object. */
export function meminfoParser(): (bytes: Uint8Array, length?: number) => Meminfo {
  const scanner = new KeyValueScanner(KEYS, { unit: KIB });
  return (bytes, length = bytes.length) => scanner.scan(bytes, length);
}
