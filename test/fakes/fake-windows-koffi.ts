/**
 * What koffi reaches on a Windows guest of 24 GB: memory functions that fill the caller's buffers as 64-bit Windows does (MEMORYSTATUSEX,
 * PERFORMANCE_INFORMATION and PROCESS_MEMORY_COUNTERS_EX in Microsoft's reference, the other two in phnt's ntexapi.h), and the fake port.
 * Calls leave no garbage, so that what tests count is the agent's own.
 */
import type { Koffi, KoffiFunction, KoffiLibrary } from "../../guest/src/native/koffi.ts";
import { FakeWindowsPort, putNumber } from "./fake-windows-port.ts";

const GIB = 1024 ** 3;
const WORD = 0x1_0000_0000;
const PAGE_BYTES = 4096;
const [FALSE, TRUE] = [0, 1];
const SUCCESS = 0;
const STATUS_INFO_LENGTH_MISMATCH = -1073741820;
const [SYSTEM_PERFORMANCE, SYSTEM_MEMORY_LISTS] = [2, 80];
const LOW_NOTICE = 100;

/** Change its fields. No size fits into 31 bits, so that V8 allocates for each of them wherever it allocates for numbers at all. */
export class FakeWindowsKoffi implements Pick<Koffi, "load"> {
  totalBytes = 24 * GIB;
  availableBytes = 20 * GIB;
  commitPages = 1_500_000;
  commitLimitPages = 7_000_000;
  readPages = 3_200_000_000;
  hardFaults = 400_000;
  writtenPages = 70_000;
  /** Zeroed, free, modified, not to be written yet, bad; then on standby, and repurposed, by priority. */
  listPages = [
    ...[400_000, 10_000, 12_000, 30, 0],
    ...[0, 90_000, 700_000, 40_000, 50_000, 4_000_000, 20_000, 30_000],
    ...[0, 5000, 800_000, 7000, 60, 9000, 10, 0],
  ];
  /** What this Windows takes for the size of its lists; 0: it refuses them. */
  listBytes = 176;
  listReads = 0;
  lowMemory = false;
  privateBytes = 12_000_000;
  readonly port = new FakeWindowsPort();

  load(name: string): KoffiLibrary {
    const calls = this.#calls();
    const ports = this.port.koffi.load(name);
    return {
      func: (declaration) => {
        const call: unknown = calls[/(\w+)\(/.exec(declaration)?.[1] ?? ""];
        return (call as KoffiFunction | undefined) ?? ports.func(declaration);
      },
      symbol: ports.symbol,
    };
  }

  #calls(): Readonly<Record<string, (...values: never[]) => number>> {
    return {
      GlobalMemoryStatusEx: (status: Buffer) => putWords(status, 8, this.totalBytes, this.availableBytes),
      K32GetPerformanceInfo: (info: Buffer) => {
        putWord(info, 80, PAGE_BYTES);
        return putWords(info, 8, this.commitPages, this.commitLimitPages);
      },
      K32GetProcessMemoryInfo: (_process: number, info: Buffer) => {
        putWord(info, 16, 4 * this.privateBytes);
        putWord(info, 72, this.privateBytes);
        return TRUE;
      },
      NtQuerySystemInformation: (type: number, info: Buffer, size: number) => {
        if (type === SYSTEM_PERFORMANCE) return this.#putPaging(info);
        return type === SYSTEM_MEMORY_LISTS ? this.#putLists(info, size) : STATUS_INFO_LENGTH_MISMATCH;
      },
      CreateMemoryResourceNotification: (type: number) => LOW_NOTICE + type,
      QueryMemoryResourceNotification: (handle: number, state: Int32Array) => {
        state[0] = (handle === LOW_NOTICE) === this.lowMemory ? TRUE : FALSE;
        return TRUE;
      },
    };
  }

  #putPaging(info: Buffer): number {
    putNumber(info, 80, this.readPages);
    putNumber(info, 84, this.hardFaults);
    putNumber(info, 96, this.writtenPages);
    return SUCCESS;
  }

  #putLists(info: Buffer, size: number): number {
    this.listReads++;
    if (size !== this.listBytes) return STATUS_INFO_LENGTH_MISMATCH;
    for (let index = 0; index < this.listPages.length; index++) {
      putWord(info, index * 8, this.listPages[index] ?? 0);
    }
    return SUCCESS;
  }
}

function putWords(info: Buffer, offset: number, first: number, second: number): number {
  putWord(info, offset, first);
  putWord(info, offset + 8, second);
  return TRUE;
}

function putWord(info: Buffer, offset: number, value: number): void {
  putNumber(info, offset, value);
  putNumber(info, offset + 4, Math.floor(value / WORD));
}
