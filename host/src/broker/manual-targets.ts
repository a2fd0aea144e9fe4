/** Manual targets: set, ended by the admin or by time, and kept over a restart. */

import type { Clock } from "../model/adapters.ts";
import { formatMib } from "../model/bytes.ts";
import { type ManualTargetStore, ManualTargetStoreError } from "../model/manual-targets.ts";
import type { EventLog } from "./event-log.ts";
import type { GuestRecord } from "./guest-record.ts";
import { formatSpan } from "./wording.ts";

export class ManualTargets {
  readonly #clock: Clock;
  readonly #store: ManualTargetStore;
  readonly #events: EventLog;

  constructor(clock: Clock, store: ManualTargetStore, events: EventLog) {
    this.#clock = clock;
    this.#store = store;
    this.#events = events;
  }

  /**
   * Sets a manual target, for a time or until it is ended; `undefined` ends it. All targets of `all` are saved.
   * @throws {ManualTargetStoreError} if they cannot be saved; then nothing has changed.
   */
  change(
    record: GuestRecord,
    targetBytes: number | undefined,
    forMs: number | undefined,
    all: Iterable<GuestRecord>,
  ): void {
    const before = record.manual;
    this.#set(record, targetBytes, forMs);
    try {
      this.#save(all);
    } catch (error) {
      record.setManual(before);
      throw error;
    }
  }

  /** Ends the manual targets whose time is over. */
  endExpired(records: Iterable<GuestRecord>): void {
    const nowMs = this.#clock.nowMs();
    const all = [...records];
    const ended = all.filter((record) => record.manual !== undefined && !record.manualTarget(nowMs));
    for (const record of ended) {
      record.setManual(undefined);
      this.#events.add("info", "manual", "its manual target ended: its time is over", record.entry.name);
    }
    if (ended.length > 0) this.saveAll(all);
  }

  /** Restores the targets that an earlier broker saved. A target that ended meanwhile or has no guest is dropped with an event. */
  restore(recordOf: (name: string) => GuestRecord | undefined): void {
    for (const [name, { targetBytes, untilWallMs }] of Object.entries(this.#store.load())) {
      const record = recordOf(name);
      const leftMs = untilWallMs === undefined ? undefined : untilWallMs - this.#clock.wallMs();
      if (record === undefined) {
        this.#events.add(
          "warn",
          "manual",
          "had a manual target, but is no longer a guest in the config",
          name,
        );
      } else if (leftMs !== undefined && leftMs <= 0) {
        this.#events.add("info", "manual", "its manual target ended while no broker ran", name);
      } else {
        this.#set(record, targetBytes, leftMs);
        const until = leftMs === undefined ? "until it is ended" : `for ${formatSpan(leftMs)} more`;
        this.#events.add(
          "info",
          "manual",
          `manual target ${formatMib(targetBytes)} restored, ${until}`,
          name,
        );
      }
    }
  }

  /** Saves all manual targets. A failure becomes an event, since no admin waits for an answer. */
  saveAll(records: Iterable<GuestRecord>): void {
    try {
      this.#save(records);
    } catch (error) {
      if (!(error instanceof ManualTargetStoreError)) throw error;
      this.#events.add(
        "warn",
        "manual",
        `the manual targets cannot be saved for a restart: ${error.message}`,
      );
    }
  }

  #set(record: GuestRecord, targetBytes: number | undefined, forMs: number | undefined): void {
    const sinceMs = this.#clock.nowMs();
    const until = forMs !== undefined && { untilMs: sinceMs + forMs };
    record.setManual(targetBytes === undefined ? undefined : { targetBytes, sinceMs, ...until });
  }

  #save(records: Iterable<GuestRecord>): void {
    const wallAheadMs = this.#clock.wallMs() - this.#clock.nowMs();
    const kept = [...records].flatMap(({ entry, manual }) => {
      if (manual === undefined) return [];
      const { targetBytes, untilMs } = manual;
      const until = untilMs !== undefined && { untilWallMs: Math.round(untilMs + wallAheadMs) };
      return [[entry.name, { targetBytes, ...until }]];
    });
    this.#store.save(Object.fromEntries(kept));
  }
}
