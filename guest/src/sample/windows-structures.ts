/**
 * Reads what Windows' memory calls fill in, byte for byte, on 64-bit Windows.
 *
 * MEMORYSTATUSEX, PERFORMANCE_INFORMATION and PROCESS_MEMORY_COUNTERS_EX are in Microsoft's reference of GlobalMemoryStatusEx, GetPerformanceInfo
 * and GetProcessMemoryInfo. The structures of NtQuerySystemInformation are not documented by Microsoft; their layout is as in System Informer's
 * headers (phnt, ntexapi.h), the same since Windows Vista. A buffer that is too short, or a figure that cannot be, gives absent fields.
 *
 * What is read with samples has a parser of its buffer: what that gives shows the figures that it parsed last, and is the same object each time.
 */
import { FieldView } from "./field-view.ts";
import { viewOf, wordAt } from "./structure-words.ts";

/** Bytes that each structure takes. */
export const MEMORY_STATUS_BYTES = 64;
export const PERFORMANCE_INFO_BYTES = 104;
export const SYSTEM_PERFORMANCE_BYTES = 344;
export const TIME_OF_DAY_BYTES = 48;
export const PROCESS_MEMORY_BYTES = 80;

const nothing = () => ({});

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

/** MEMORYSTATUSEX: ullTotalPhys and ullAvailPhys. */
export function memoryStatusParser(bytes: Uint8Array): () => MemoryStatus {
  const words = viewOf(bytes, MEMORY_STATUS_BYTES);
  if (!words) return nothing;
  const figures = new FieldView(["totalBytes", "availableBytes"]);
  return () => {
    const totalBytes = wordAt(words, 8);
    figures.set(0, totalBytes > 0 ? totalBytes : Number.NaN);
    figures.set(1, wordAt(words, 16));
    return figures.show();
  };
}

/** PERFORMANCE_INFORMATION: CommitTotal and CommitLimit, in pages of the size that it gives too. */
export function commitParser(bytes: Uint8Array): () => Commit {
  const words = viewOf(bytes, PERFORMANCE_INFO_BYTES);
  if (!words) return nothing;
  const figures = new FieldView(["committedBytes", "commitLimitBytes"]);
  return () => {
    const limit = wordAt(words, 16);
    const pageSizeBytes = limit > 0 ? pageSizeAt(words) : Number.NaN;
    figures.set(0, wordAt(words, 8) * pageSizeBytes);
    figures.set(1, limit * pageSizeBytes);
    return figures.show();
  };
}

/** PERFORMANCE_INFORMATION: PageSize. */
export function parsePageSize(bytes: Uint8Array): number | undefined {
  const words = viewOf(bytes, PERFORMANCE_INFO_BYTES);
  return (words && pageSizeAt(words)) || undefined;
}

function pageSizeAt(performanceInfo: DataView): number {
  const size = wordAt(performanceInfo, 80);
  return size >= 4096 && size <= 1 << 20 && (size & (size - 1)) === 0 ? size : Number.NaN;
}

/** SYSTEM_PERFORMANCE_INFORMATION: PageReadCount, PageReadIoCount and DirtyPagesWriteCount. */
export function pagingParser(bytes: Uint8Array): () => PagingCounters {
  const words = viewOf(bytes, SYSTEM_PERFORMANCE_BYTES);
  if (!words) return nothing;
  const figures = new FieldView(["readPages", "hardFaults", "writtenPages"]);
  return () => {
    figures.set(0, words.getUint32(80, true));
    figures.set(1, words.getUint32(84, true));
    figures.set(2, words.getUint32(96, true));
    return figures.show();
  };
}

/**
 * SYSTEM_TIMEOFDAY_INFORMATION: the moment of boot as 16 hex digits. BootTime moves when somebody sets the clock, and BootTimeBias with it,
 * so that their difference stays.
 */
export function parseBootId(bytes: Uint8Array): string | undefined {
  const words = viewOf(bytes, TIME_OF_DAY_BYTES);
  if (!words) return undefined;
  const boot = words.getBigUint64(0, true) - words.getBigUint64(32, true);
  return boot > 0n ? boot.toString(16).padStart(16, "0") : undefined;
}

/** PROCESS_MEMORY_COUNTERS_EX: the working set and what no other process shares. */
export function parseProcessStatus(bytes: Uint8Array): { workingSetBytes?: number; privateBytes?: number } {
  const words = viewOf(bytes, PROCESS_MEMORY_BYTES);
  if (!words) return {};
  const [workingSetBytes, privateBytes] = [wordAt(words, 16), wordAt(words, 72)];
  return {
    ...(Number.isSafeInteger(workingSetBytes) && { workingSetBytes }),
    // Wine leaves it out.
    ...(Number.isSafeInteger(privateBytes) && privateBytes > 0 && { privateBytes }),
  };
}
