/** Switches guests' merging through QEMU, and checks the result in the process's own flags. */
import { formatMib } from "../../model/bytes.ts";
import type { KsmGuest, Merging } from "../../model/ksm.ts";
import type { KsmReader } from "../../model/ksm-adapters.ts";
import type { MergeVerdict } from "../../model/ksm-status.ts";
import type { EventLog } from "../event-log.ts";
import type { GuestRecord } from "../guest-record.ts";
import type { SavedKnobs } from "./saved-knobs.ts";

/** QEMU also marks small areas of its own (firmware, video memory). Merging is on if at least this share is marked. */
const MOST_OF_IT = 0.5;
/** Guests without a label share with each other. */
const UNLABELLED = "default";

export class MergeSwitch {
  readonly #reader: KsmReader;
  readonly #savedKnobs: SavedKnobs;
  readonly #events: EventLog;
  /** Bytes marked for merging, by process, as read after the last switch. */
  readonly #marked = new Map<number, number>();
  readonly #busy = new Set<string>();

  constructor(reader: KsmReader, savedKnobs: SavedKnobs, events: EventLog) {
    this.#reader = reader;
    this.#savedKnobs = savedKnobs;
    this.#events = events;
  }

  /** The guests that run, for the policy, as far as they are known. */
  async observe(records: readonly GuestRecord[]): Promise<KsmGuest[]> {
    const running = records.filter(({ processId, connected }) => processId !== undefined || connected);
    this.#forgetAllBut(running);
    return Promise.all(running.map((record) => this.#guest(record)));
  }

  /** Carries out verdicts without waiting for slow QEMUs. A guest that is being switched is left alone until that is done. */
  apply(verdicts: readonly MergeVerdict[], records: readonly GuestRecord[]): void {
    for (const { name, switchTo, reason } of verdicts) {
      if (switchTo === undefined || this.#busy.has(name)) continue;
      const record = records.find(({ entry }) => entry.name === name);
      if (record === undefined) continue;
      this.#busy.add(name);
      void this.#switch(record, switchTo, reason).finally(() => this.#busy.delete(name));
    }
  }

  /** Switches guests on again that the broker switched off. Those of `kept` stay off. */
  async giveBack(records: readonly GuestRecord[], keep: (name: string) => boolean): Promise<void> {
    for (const [name, processId] of Object.entries(this.#savedKnobs.switchedOff)) {
      const record = records.find(({ entry }) => entry.name === name);
      if (keep(name) || record?.connected !== true) continue;
      if (record.processId === processId) await this.#switch(record, true, "as it was found");
      else this.#savedKnobs.noteSwitch(name, undefined);
    }
  }

  async #guest(record: GuestRecord): Promise<KsmGuest> {
    const { processId, processMemory, monitorFacts, entry } = record;
    const process = processId === undefined ? undefined : await this.#reader.process(processId);
    const merging = monitorFacts.merging;
    const seen = merging && (await this.#checked(merging, processId, monitorFacts.maxBytes));
    return {
      name: entry.name,
      trust: entry.trust ?? UNLABELLED,
      residentBytes: processMemory?.residentBytes ?? 0,
      ...(processId !== undefined && { processId }),
      ...(seen !== undefined && { merging: seen }),
      ...(process !== undefined && { process }),
    };
  }

  /** The process's flags count more than QEMU's reply. */
  async #checked(merging: Merging, processId?: number, maxBytes?: number): Promise<Merging> {
    if (merging.obstacle !== undefined || processId === undefined || maxBytes === undefined) return merging;
    const markedBytes = this.#marked.get(processId) ?? (await this.#mark(processId));
    if (markedBytes === undefined) return merging;
    const isMarked = markedBytes >= maxBytes * MOST_OF_IT;
    if (merging.on && !isMarked) return { on: false, obstacle: "not-mergeable" };
    return { ...merging, on: merging.on || isMarked };
  }

  async #mark(processId: number): Promise<number | undefined> {
    const bytes = await this.#reader.mergeableBytes(processId);
    if (bytes !== undefined) this.#marked.set(processId, bytes);
    return bytes;
  }

  async #switch(record: GuestRecord, on: boolean, why: string): Promise<void> {
    const { processId } = record;
    const { name } = record.entry;
    if (processId === undefined || (!on && !this.#savedKnobs.noteSwitch(name, processId))) return;
    try {
      await record.monitor.setMerging(on);
      await this.#mark(processId);
      record.switchedMerging(on);
      if (on) this.#savedKnobs.noteSwitch(name, undefined);
      const marked = formatMib(this.#marked.get(processId));
      const text = `merging is ${on ? "on" : "off"} (${why}): ${marked} of its process are marked for KSM`;
      this.#events.add("info", "ksm", text, name);
    } catch (error) {
      const text = `its merging could not be switched ${on ? "on" : "off"}: ${String(error)}`;
      this.#events.add("warn", "ksm", text, name);
    }
  }

  #forgetAllBut(records: readonly GuestRecord[]): void {
    const running = new Set(records.map(({ processId }) => processId));
    for (const processId of this.#marked.keys()) if (!running.has(processId)) this.#marked.delete(processId);
  }
}
