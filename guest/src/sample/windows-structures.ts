/**
 * Reads what Windows' memory calls fill in, byte for byte, on 64-bit Windows.
 *
 * MEMORYSTATUSEX and PERFORMANCE_INFORMATION are in Microsoft's reference of GlobalMemoryStatusEx and GetPerformanceInfo. The two structures
 * of NtQuerySystemInformation are not documented by Microsoft; their layout is as in System Informer's headers (phnt, ntexapi.h), the same since
 * Windows Vista. A buffer that is too short, or a figure that cannot be, gives absent fields.
 */

/** Bytes that each structure takes. */
export const MEMORY_STATUS_BYTES = 64;
export const PERFORMANCE_INFO_BYTES = 104;
export const SYSTEM_PERFORMANCE_BYTES = 344;
export const MEMORY_LISTS_BYTES = 176;
export const TIME_OF_DAY_BYTES = 48;
export const PROCESS_MEMORY_BYTES = 80;

/** Standby pages are kept in lists by priority, 0 (taken first) to 7. */
export const PRIORITIES = 8;

/** Physical memory as Task Manager counts it; available is what is zeroed, free or on standby. */
export interface MemoryStatus {
  readonly totalBytes?: number;
  readonly availableBytes?: number;
}

/** Memory promised to programs, whether touched or not, and the most that can be: memory and page files. */
export interface Commit {
  readonly committedBytes?: number;
  readonly commitLimitBytes?: number;
}

/** Counters since boot. The kernel counts in 32 bits: they start over after 4,294,967,295. */
export interface PagingCounters {
  /** Pages read to resolve hard faults; those of files read through the cache are among them. */
  readonly readPages?: number;
  /** Hard faults: reads that brought those pages. */
  readonly hardFaults?: number;
  /** Pages written to page files. */
  readonly writtenPages?: number;
}

export interface MemoryLists {
  readonly zeroedPages: number;
  readonly freePages: number;
  /** To be written before they can be used for something else. */
  readonly modifiedPages: number;
  readonly standbyPages: readonly number[];
  /** Pages taken off each standby list for another use, since boot. */
  readonly repurposedPages: readonly number[];
}

/** MEMORYSTATUSEX: ullTotalPhys and ullAvailPhys. */
export function parseMemoryStatus(bytes: Uint8Array): MemoryStatus {
  const [totalBytes, availableBytes] = [wordAt(bytes, 8), wordAt(bytes, 16)];
  return {
    ...(totalBytes !== undefined && totalBytes > 0 && { totalBytes }),
    ...(availableBytes !== undefined && { availableBytes }),
  };
}

/** PERFORMANCE_INFORMATION: CommitTotal and CommitLimit, in pages of the size that it gives too. */
export function parseCommit(bytes: Uint8Array): Commit {
  const pageSizeBytes = parsePageSize(bytes);
  const [total, limit] = [wordAt(bytes, 8), wordAt(bytes, 16)];
  if (pageSizeBytes === undefined || total === undefined || limit === undefined || limit === 0) return {};
  return { committedBytes: total * pageSizeBytes, commitLimitBytes: limit * pageSizeBytes };
}

/** PERFORMANCE_INFORMATION: PageSize. */
export function parsePageSize(bytes: Uint8Array): number | undefined {
  const size = wordAt(bytes, 80);
  return size !== undefined && size >= 4096 && size <= 1 << 20 && (size & (size - 1)) === 0
    ? size
    : undefined;
}

/** SYSTEM_PERFORMANCE_INFORMATION: PageReadCount, PageReadIoCount and DirtyPagesWriteCount. */
export function parsePaging(bytes: Uint8Array): PagingCounters {
  const [readPages, hardFaults, writtenPages] = [halfAt(bytes, 80), halfAt(bytes, 84), halfAt(bytes, 96)];
  return {
    ...(readPages !== undefined && { readPages }),
    ...(hardFaults !== undefined && { hardFaults }),
    ...(writtenPages !== undefined && { writtenPages }),
  };
}

/** SYSTEM_MEMORY_LIST_INFORMATION; absent unless all of it is there. */
export function parseMemoryLists(bytes: Uint8Array): MemoryLists | undefined {
  const words: number[] = [];
  for (let index = 0; index < 5 + 2 * PRIORITIES; index++) {
    const word = wordAt(bytes, index * 8);
    if (word === undefined) return undefined;
    words.push(word);
  }
  const [zeroedPages = 0, freePages = 0, modifiedPages = 0, modifiedNoWritePages = 0] = words;
  return {
    zeroedPages,
    freePages,
    modifiedPages: modifiedPages + modifiedNoWritePages,
    standbyPages: words.slice(5, 5 + PRIORITIES),
    repurposedPages: words.slice(5 + PRIORITIES),
  };
}

/**
 * SYSTEM_TIMEOFDAY_INFORMATION: the moment of boot as 16 hex digits. BootTime moves when somebody sets the clock, and BootTimeBias with it,
 * so that their difference stays.
 */
export function parseBootId(bytes: Uint8Array): string | undefined {
  if (bytes.length < TIME_OF_DAY_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const boot = view.getBigUint64(0, true) - view.getBigUint64(32, true);
  return boot > 0n ? boot.toString(16).padStart(16, "0") : undefined;
}

/** PROCESS_MEMORY_COUNTERS_EX: the working set and what no other process shares. */
export function parseProcessMemory(bytes: Uint8Array): { workingSetBytes?: number; privateBytes?: number } {
  const [workingSetBytes, privateBytes] = [wordAt(bytes, 16), wordAt(bytes, 72)];
  return {
    ...(workingSetBytes !== undefined && { workingSetBytes }),
    // Wine leaves it out.
    ...(privateBytes !== undefined && privateBytes > 0 && { privateBytes }),
  };
}

/** A 64-bit word that is exact as a number. Made without a BigInt: this is on the sampling path. */
function wordAt(bytes: Uint8Array, offset: number): number | undefined {
  const [low, high] = [halfAt(bytes, offset), halfAt(bytes, offset + 4)];
  if (low === undefined || high === undefined) return undefined;
  const word = high * 0x1_0000_0000 + low;
  return Number.isSafeInteger(word) ? word : undefined;
}

function halfAt(bytes: Uint8Array, offset: number): number | undefined {
  const [a, b, c, d] = [bytes[offset], bytes[offset + 1], bytes[offset + 2], bytes[offset + 3]];
  if (a === undefined || b === undefined || c === undefined || d === undefined) return undefined;
  return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
}
