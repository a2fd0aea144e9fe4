/** How the broker gets at KSM; adapters provide it, only `daemon/` and `cli/main.ts` connect them. */
import type { KsmProcess, KsmReading, KsmRecord, KsmtunedFacts, KsmWrites } from "./ksm.ts";
import type { KsmtunedRule } from "./ksm-settings.ts";
import type { UnmergeProgress } from "./ksm-status.ts";

/** What the kernel tells; nothing rejects, what is not told is absent. */
export interface KsmReader {
  /** Absent: the kernel has no KSM, or its files may not be read. */
  read(): Promise<KsmReading | undefined>;
  process(processId: number): Promise<KsmProcess | undefined>;
  /** Bytes that the process itself has marked for merging. Walks all of its memory: to be asked for after a switch, not each tick. */
  mergeableBytes(processId: number): Promise<number | undefined>;
  /** PSI `some` avg10 of the processors, percent. */
  cpuStallPercent(): Promise<number | undefined>;
  /** Another program that turns the knobs, in words. */
  rival(): Promise<string | undefined>;
  ksmtunedFacts(rule: KsmtunedRule): Promise<KsmtunedFacts | undefined>;
}

/** Turns the knobs. */
export interface KsmWriter {
  /** Writes in the order that the kernel needs; rejects with a typed error that names the knob. */
  write(writes: KsmWrites): Promise<void>;
  /** Takes all merged pages apart in a process of its own. */
  unmerge(): UnmergeRun;
}

export interface UnmergeRun {
  /** Resolves when it is over. */
  readonly ended: Promise<Exclude<UnmergeProgress["state"], "running">>;
  /** Gives up: what is apart stays apart, the rest stays merged. */
  stop(): void;
}

/** Keeps what was found before the first knob was turned. Synchronous: it is on disk before the kernel is changed. */
export interface KsmRecordStore {
  load(): KsmRecord | undefined;
  /** False: it could not be kept, so nothing may be turned. */
  save(record: Omit<KsmRecord, "bootId" | "processId" | "processStart" | "folder">): boolean;
  clear(): void;
  /** Whether the record is of this boot of this machine. */
  isOfThisBoot(record: KsmRecord): boolean;
  /** Whether another broker wrote it and still runs. */
  isOwnerAlive(record: KsmRecord): boolean;
}
