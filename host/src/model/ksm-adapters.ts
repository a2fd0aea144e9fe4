/** The interfaces of KSM's adapters. Only `daemon/` and `cli/composition.ts` construct them. */
import type { KsmProcess, KsmReading, KsmRecord, KsmtunedFacts, KsmWrites } from "./ksm.ts";
import type { KsmtunedRule } from "./ksm-settings.ts";
import type { UnmergeProgress } from "./ksm-status.ts";

/** KSM's figures from the kernel. Nothing rejects; a figure that the kernel does not give is absent. */
export interface KsmReader {
  /** Absent: the kernel has no KSM, or its files may not be read. */
  read(): Promise<KsmReading | undefined>;
  process(processId: number): Promise<KsmProcess | undefined>;
  /** Bytes that the process has marked for merging. Reads all of its mappings, so it is called after a switch and not each tick. */
  mergeableBytes(processId: number): Promise<number | undefined>;
  /** PSI `some` avg10 of the processors, percent. */
  cpuStallPercent(): Promise<number | undefined>;
  /** Another program that sets the knobs, in words. */
  rival(): Promise<string | undefined>;
  ksmtunedFacts(rule: KsmtunedRule): Promise<KsmtunedFacts | undefined>;
}

/** Sets the knobs. */
export interface KsmWriter {
  /** Writes in the order that the kernel needs; rejects with a typed error that names the knob. */
  write(writes: KsmWrites): Promise<void>;
  /** Unmerges all pages in a process of its own. */
  unmerge(): UnmergeRun;
}

export interface UnmergeRun {
  /** Resolves when it is over. */
  readonly ended: Promise<Exclude<UnmergeProgress["state"], "running">>;
  /** Stops: unmerged pages stay unmerged, the rest stays merged. */
  stop(): void;
}

/** Saves what was found before the first knob is changed. Synchronous: it is on disk before the kernel is changed. */
export interface KsmRecordStore {
  load(): KsmRecord | undefined;
  /** Returns false if it could not be saved: then nothing may be changed. */
  save(record: Omit<KsmRecord, "bootId" | "processId" | "processStart" | "folder">): boolean;
  clear(): void;
  /** Whether the record is of this boot of this machine. */
  isOfThisBoot(record: KsmRecord): boolean;
  /** Whether another broker wrote it and still runs. */
  isOwnerAlive(record: KsmRecord): boolean;
}
