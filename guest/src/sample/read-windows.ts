/** Reads a Windows guest's memory figures, each as often as it is worth it. */
import type { MemoryReader } from "../platform/platform.ts";
import { FieldView } from "./field-view.ts";
import type { Meminfo } from "./linux-meminfo.ts";
import type { Counters, GuestTraits, MemorySample, Mutable, WindowsFacts } from "./memory-sample.ts";
import { ReadingTimes } from "./reading-times.ts";
import type { MemoryLists } from "./windows-page-lists.ts";
import { RefaultEstimate, sum, WideCounter } from "./windows-refaults.ts";
import type { Commit, MemoryStatus, PagingCounters } from "./windows-structures.ts";

const KIB = 1024;
/** Those of a sample that Windows has, by their places in the views below. */
const SIZES = [
  "totalBytes",
  "availableBytes",
  "committedBytes",
  "commitLimitBytes",
  "freeBytes",
  "fileBytes",
  "dirtyBytes",
] as const;
const [TOTAL, AVAILABLE, COMMITTED, COMMIT_LIMIT, FREE, FILE, DIRTY] = [0, 1, 2, 3, 4, 5, 6];
const COUNTS = ["refaultFilePages", "stealPages", "majorFaults", "pageInKib", "swapOutPages"] as const;
const [REFAULTS, STEALS, FAULTS, PAGE_INS, SWAP_OUTS] = [0, 1, 2, 3, 4];

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

/** A sample shows what was read last: it is the same object each time, so that reading leaves no garbage. */
export class WindowsReader implements MemoryReader {
  readonly #memory: WindowsMemory;
  readonly #refaults = new RefaultEstimate();
  readonly #readPages = new WideCounter();
  readonly #hardFaults = new WideCounter();
  readonly #writtenPages = new WideCounter();
  readonly #times = new ReadingTimes();
  readonly #sizes = new FieldView(SIZES);
  readonly #counts = new FieldView(COUNTS);
  readonly #standbyBytes: number[] = [];
  readonly #counters: Mutable<Counters> = { sampledAtMs: 0, vmstat: {}, pressure: {} };
  readonly #windows: Mutable<WindowsFacts> = {
    lowMemory: undefined,
    highMemory: undefined,
    standbyBytes: undefined,
    repurposedPages: undefined,
  };
  readonly #sample: Mutable<MemorySample> = {
    sampledAtMs: 0,
    meminfo: {},
    counters: undefined,
    slow: {},
    windows: this.#windows,
  };
  /** What the lists said when they were last read; NaN where they are refused. */
  #listedFreeBytes = Number.NaN;
  #listedStandbyBytes = Number.NaN;
  readonly traits: GuestTraits;

  constructor(memory: WindowsMemory, traits: GuestTraits) {
    this.#memory = memory;
    this.traits = traits;
  }

  read(nowMs: number, urgent: boolean): MemorySample {
    const sample = this.#sample;
    const status = this.#memory.status();
    if (this.#times.areCountersDue(nowMs, status.availableBytes ?? 0, urgent))
      sample.counters = this.#readCounters(nowMs);
    if (this.#times.isSlowDue(nowMs)) this.#readSlow();
    sample.sampledAtMs = nowMs;
    sample.meminfo = this.#showSizes(status);
    const { lowMemory, highMemory } = this.#memory.notices();
    this.#windows.lowMemory = lowMemory;
    this.#windows.highMemory = highMemory;
    return sample;
  }

  close(): void {}

  /** Lists and status are read at different moments: free memory is never more than what is available. */
  #showSizes({ totalBytes = Number.NaN, availableBytes = Number.NaN }: MemoryStatus): Meminfo {
    const sizes = this.#sizes;
    const fileBytes = Math.min(availableBytes, this.#listedStandbyBytes);
    sizes.set(TOTAL, totalBytes);
    sizes.set(AVAILABLE, availableBytes);
    sizes.set(FILE, fileBytes);
    sizes.set(FREE, Math.min(availableBytes - fileBytes, this.#listedFreeBytes));
    return sizes.show();
  }

  #readCounters(nowMs: number): Counters {
    const { committedBytes = Number.NaN, commitLimitBytes = Number.NaN } = this.#memory.commit();
    this.#sizes.set(COMMITTED, committedBytes);
    this.#sizes.set(COMMIT_LIMIT, commitLimitBytes);
    const lists = this.#memory.lists();
    this.#takeLists(lists);
    this.#fillCounts(this.#memory.paging(), lists);
    this.#counters.sampledAtMs = nowMs;
    this.#counters.vmstat = this.#counts.show();
    return this.#counters;
  }

  #takeLists(lists: MemoryLists | undefined): void {
    const { pageSizeBytes } = this.traits;
    this.#listedFreeBytes = lists ? (lists.zeroedPages + lists.freePages) * pageSizeBytes : Number.NaN;
    this.#listedStandbyBytes = lists ? sum(lists.standbyPages) * pageSizeBytes : Number.NaN;
    this.#sizes.set(DIRTY, lists ? lists.modifiedPages * pageSizeBytes : Number.NaN);
    for (let priority = 0; lists && priority < lists.standbyPages.length; priority++) {
      this.#standbyBytes[priority] = (lists.standbyPages[priority] ?? 0) * pageSizeBytes;
    }
    this.#windows.standbyBytes = lists && this.#standbyBytes;
    this.#windows.repurposedPages = lists?.repurposedPages;
  }

  #fillCounts(paging: PagingCounters, lists: MemoryLists | undefined): void {
    const counts = this.#counts;
    const { readPages, hardFaults, writtenPages } = paging;
    const pageKib = this.traits.pageSizeBytes / KIB;
    counts.clear();
    counts.add(REFAULTS, this.#refaults.add(paging, lists) ?? Number.NaN);
    if (lists) counts.add(STEALS, sum(lists.repurposedPages));
    if (hardFaults !== undefined) counts.add(FAULTS, this.#hardFaults.add(hardFaults));
    if (readPages !== undefined) counts.add(PAGE_INS, this.#readPages.add(readPages) * pageKib);
    if (writtenPages !== undefined) counts.add(SWAP_OUTS, this.#writtenPages.add(writtenPages));
  }

  #readSlow(): void {
    const agentPrivateBytes = this.#memory.privateBytes();
    this.#sample.slow = agentPrivateBytes === undefined ? {} : { agentPrivateBytes };
  }
}
