/** Reads a Windows guest's memory figures, each as often as it is worth it. */
import type { MemoryReader } from "../platform/platform.ts";
import type { Counters, GuestTraits, MemorySample, SlowFacts, WindowsFacts } from "./memory-sample.ts";
import { COUNTERS_EVERY_MS, SLOW_EVERY_MS } from "./reading-times.ts";
import { RefaultEstimate, sum, WideCounter } from "./windows-refaults.ts";
import type { Commit, MemoryLists, MemoryStatus, PagingCounters } from "./windows-structures.ts";

const KIB = 1024;
const MIB = KIB * KIB;
/** Available memory that moved by more than this is looked at closely: why it did decides what to do. */
const MOVE_BYTES = 2 * MIB;

/** Windows' answers; whatever it refuses is absent. */
export interface WindowsMemory {
  status(): MemoryStatus;
  commit(): Commit;
  paging(): PagingCounters;
  lists(): MemoryLists | undefined;
  /** Whether the kernel signals that memory is low, or ample. */
  notices(): Pick<WindowsFacts, "lowMemory" | "highMemory">;
  privateBytes(): number | undefined;
}

export class WindowsReader implements MemoryReader {
  readonly #memory: WindowsMemory;
  readonly #refaults = new RefaultEstimate();
  readonly #readPages = new WideCounter();
  readonly #hardFaults = new WideCounter();
  readonly #writtenPages = new WideCounter();
  #commit: Commit = {};
  #lists: MemoryLists | undefined;
  #counters: Counters | undefined;
  #slow: SlowFacts = {};
  #slowAtMs = Number.NEGATIVE_INFINITY;
  #lastAvailableBytes = 0;
  readonly traits: GuestTraits;

  constructor(memory: WindowsMemory, traits: GuestTraits) {
    this.#memory = memory;
    this.traits = traits;
  }

  read(nowMs: number, urgent: boolean): MemorySample {
    const status = this.#memory.status();
    const availableBytes = status.availableBytes ?? 0;
    const moved = Math.abs(this.#lastAvailableBytes - availableBytes) > MOVE_BYTES;
    this.#lastAvailableBytes = availableBytes;
    const ageMs = nowMs - (this.#counters?.sampledAtMs ?? Number.NEGATIVE_INFINITY);
    if (urgent || moved || ageMs >= COUNTERS_EVERY_MS) this.#readCounters(nowMs);
    if (nowMs - this.#slowAtMs >= SLOW_EVERY_MS) this.#readSlow(nowMs);
    return {
      sampledAtMs: nowMs,
      meminfo: { ...status, ...this.#commit, ...this.#listSizes(availableBytes) },
      counters: this.#counters,
      slow: this.#slow,
      windows: { ...this.#memory.notices(), ...this.#listDetails() },
    };
  }

  close(): void {}

  #readCounters(nowMs: number): void {
    this.#commit = this.#memory.commit();
    this.#lists = this.#memory.lists();
    const paging = this.#memory.paging();
    const refaultFilePages = this.#refaults.add(paging, this.#lists);
    const { readPages, hardFaults, writtenPages } = paging;
    const pageKib = this.traits.pageSizeBytes / KIB;
    this.#counters = {
      sampledAtMs: nowMs,
      vmstat: {
        ...(refaultFilePages !== undefined && { refaultFilePages }),
        ...(this.#lists && { stealPages: sum(this.#lists.repurposedPages) }),
        ...(hardFaults !== undefined && { majorFaults: this.#hardFaults.add(hardFaults) }),
        ...(readPages !== undefined && { pageInKib: this.#readPages.add(readPages) * pageKib }),
        ...(writtenPages !== undefined && { swapOutPages: this.#writtenPages.add(writtenPages) }),
      },
      pressure: {},
    };
  }

  /** Lists and status are read at different moments: free memory is never more than what is available. */
  #listSizes(availableBytes: number) {
    if (!this.#lists) return {};
    const { zeroedPages, freePages, standbyPages, modifiedPages } = this.#lists;
    const { pageSizeBytes } = this.traits;
    const fileBytes = Math.min(availableBytes, sum(standbyPages) * pageSizeBytes);
    return {
      freeBytes: Math.min(availableBytes - fileBytes, (zeroedPages + freePages) * pageSizeBytes),
      fileBytes,
      dirtyBytes: modifiedPages * pageSizeBytes,
    };
  }

  #listDetails(): Pick<WindowsFacts, "standbyBytes" | "repurposedPages"> {
    if (!this.#lists) return {};
    const { standbyPages, repurposedPages } = this.#lists;
    return {
      standbyBytes: standbyPages.map((pages) => pages * this.traits.pageSizeBytes),
      repurposedPages,
    };
  }

  #readSlow(nowMs: number): void {
    this.#slowAtMs = nowMs;
    const agentPrivateBytes = this.#memory.privateBytes();
    this.#slow = agentPrivateBytes === undefined ? {} : { agentPrivateBytes };
  }
}
