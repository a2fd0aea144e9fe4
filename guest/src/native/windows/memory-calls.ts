/** Windows' memory figures through its own functions, each into a buffer that stays. */
import type { WindowsMemory } from "../../sample/read-windows.ts";
import { MEMORY_LISTS_BYTES, type MemoryLists, memoryListsParser } from "../../sample/windows-page-lists.ts";
import {
  commitParser,
  MEMORY_STATUS_BYTES,
  memoryStatusParser,
  PERFORMANCE_INFO_BYTES,
  PROCESS_MEMORY_BYTES,
  pagingParser,
  parseBootId,
  parsePageSize,
  parseProcessStatus,
  SYSTEM_PERFORMANCE_BYTES,
  TIME_OF_DAY_BYTES,
} from "../../sample/windows-structures.ts";
import type { Koffi } from "../koffi.ts";
import type { MemoryNotices } from "./memory-notices.ts";
import { allowMemoryLists } from "./privilege.ts";
import { type Call, openLibraries } from "./system.ts";

/** Classes of NtQuerySystemInformation (phnt, ntexapi.h). */
const SYSTEM_PERFORMANCE = 2;
const SYSTEM_TIME_OF_DAY = 3;
const SYSTEM_MEMORY_LISTS = 80;
/** A later Windows may have added to the structure, as was done before. */
const MORE_LISTS_BYTES = 512;
const LISTS_SIZES = [MEMORY_LISTS_BYTES, MORE_LISTS_BYTES] as const;
const REFUSED = 0;
const NOTHING = {};
const THIS_PROCESS = -1;
const DEFAULT_PAGE_BYTES = 4096;

/**
 * All memory calls of one process. Throws when Windows has not all of the functions. What each gives shows the figures of its last call, and is
 * the same object then: sampling leaves no garbage.
 */
export class MemoryCalls implements WindowsMemory {
  readonly #memoryStatus: Call;
  readonly #performanceInfo: Call;
  readonly #systemInformation: Call;
  readonly #processMemory: Call;
  readonly #notices: MemoryNotices;
  readonly #status = sized(MEMORY_STATUS_BYTES);
  readonly #performance = sized(PERFORMANCE_INFO_BYTES);
  readonly #process = sized(PROCESS_MEMORY_BYTES);
  readonly #paging = Buffer.alloc(SYSTEM_PERFORMANCE_BYTES);
  readonly #lists = Buffer.alloc(MORE_LISTS_BYTES);
  readonly #parseStatus = memoryStatusParser(this.#status);
  readonly #parseCommit = commitParser(this.#performance);
  readonly #parsePaging = pagingParser(this.#paging);
  readonly #parseLists = memoryListsParser(this.#lists);
  /** What this Windows takes for the size of its lists, once asked. */
  #listsBytes: number | undefined;

  constructor(koffi: Koffi, notices: MemoryNotices) {
    const { kernel32, advapi32, ntdll } = openLibraries(koffi);
    this.#memoryStatus = kernel32("int GlobalMemoryStatusEx(void *status)");
    this.#performanceInfo = kernel32("int K32GetPerformanceInfo(void *info, uint32_t size)");
    this.#processMemory = kernel32(
      "int K32GetProcessMemoryInfo(intptr_t process, void *info, uint32_t size)",
    );
    this.#systemInformation = ntdll(
      "int NtQuerySystemInformation(int type, void *info, uint32_t size, void *needed)",
    );
    this.#notices = notices;
    allowMemoryLists(kernel32, advapi32);
  }

  status() {
    return this.#memoryStatus(this.#status) === 0 ? NOTHING : this.#parseStatus();
  }

  commit() {
    return this.#readPerformance() ? this.#parseCommit() : NOTHING;
  }

  paging() {
    const isAnswered = this.#query(SYSTEM_PERFORMANCE, this.#paging, SYSTEM_PERFORMANCE_BYTES);
    return isAnswered ? this.#parsePaging() : NOTHING;
  }

  /** Asked for once in vain, it is not asked for again: privileges do not change. */
  lists(): MemoryLists | undefined {
    if (this.#listsBytes === undefined) this.#listsBytes = this.#findListsSize();
    else if (!this.#queryLists(this.#listsBytes)) this.#listsBytes = REFUSED;
    return this.#listsBytes === REFUSED ? undefined : this.#parseLists();
  }

  notices() {
    return this.#notices.read();
  }

  privateBytes() {
    return this.#readProcess().privateBytes;
  }

  workingSetBytes() {
    return this.#readProcess().workingSetBytes;
  }

  pageSizeBytes(): number {
    return (this.#readPerformance() ? parsePageSize(this.#performance) : undefined) ?? DEFAULT_PAGE_BYTES;
  }

  /** Differs from boot to boot; absent when Windows does not tell. */
  bootId(): string | undefined {
    const buffer = Buffer.alloc(TIME_OF_DAY_BYTES);
    return this.#query(SYSTEM_TIME_OF_DAY, buffer, TIME_OF_DAY_BYTES) ? parseBootId(buffer) : undefined;
  }

  #readPerformance(): boolean {
    return this.#performanceInfo(this.#performance, PERFORMANCE_INFO_BYTES) !== 0;
  }

  #readProcess() {
    const ok = this.#processMemory(THIS_PROCESS, this.#process, PROCESS_MEMORY_BYTES) !== 0;
    return ok ? parseProcessStatus(this.#process) : {};
  }

  #findListsSize(): number {
    return LISTS_SIZES.find((size) => this.#queryLists(size)) ?? REFUSED;
  }

  #queryLists(size: number): boolean {
    return size !== REFUSED && this.#query(SYSTEM_MEMORY_LISTS, this.#lists, size);
  }

  #query(type: number, into: Buffer, size: number): boolean {
    return this.#systemInformation(type, into, size, null) === 0;
  }
}

/** Structures of Windows begin with their own size. */
function sized(bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUInt32LE(bytes);
  return buffer;
}
