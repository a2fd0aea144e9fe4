/** Targets held by hand: set, let go, ended by time, and kept over a restart. */

import type { Clock } from "../model/adapters.ts";
import type { ManualTargetStore } from "../model/manual-targets.ts";
import type { EventLog } from "./event-log.ts";
import type { GuestRecord } from "./guest-record.ts";
import { formatMib, formatSpan } from "./wording.ts";

export class ManualTargets {
  readonly #clock: Clock;
  readonly #port: ManualTargetStore;
  readonly #events: EventLog;

  constructor(clock: Clock, port: ManualTargetStore, events: EventLog) {
    this.#clock = clock;
    this.#port = port;
    this.#events = events;
  }

  /** Holds a target, for a time or until told otherwise; `undefined` lets go. The caller saves. */
  set(record: GuestRecord, targetBytes: number | undefined, forMs: number | undefined): void {
    const sinceMs = this.#clock.nowMs();
    const until = forMs !== undefined && { untilMs: sinceMs + forMs };
    record.manual = targetBytes === undefined ? undefined : { targetBytes, sinceMs, ...until };
  }

  /** Ends those whose time is over. */
  endExpired(records: Iterable<GuestRecord>): void {
    const nowMs = this.#clock.nowMs();
    const all = [...records];
    const ended = all.filter((record) => record.manual !== undefined && !record.manualTarget(nowMs));
    for (const record of ended) {
      record.manual = undefined;
      this.#events.add("info", "manual", "no longer held by hand: its time is over", record.entry.name);
    }
    if (ended.length > 0) this.save(all);
  }

  /** Takes up what an earlier broker held; what ended meanwhile, or is of guests unknown here, is told and dropped. */
  restore(recordOf: (name: string) => GuestRecord | undefined): void {
    for (const [name, { targetBytes, untilWallMs }] of Object.entries(this.#port.load())) {
      const record = recordOf(name);
      const leftMs = untilWallMs === undefined ? undefined : untilWallMs - this.#clock.wallMs();
      if (record === undefined) {
        this.#events.add("warn", "manual", "was held by hand, but is no guest of this config any more", name);
      } else if (leftMs !== undefined && leftMs <= 0) {
        this.#events.add("info", "manual", "its time held by hand ended while no broker ran", name);
      } else {
        this.set(record, targetBytes, leftMs);
        const until = leftMs === undefined ? "until told otherwise" : `for ${formatSpan(leftMs)} more`;
        this.#events.add("info", "manual", `still held by hand at ${formatMib(targetBytes)} ${until}`, name);
      }
    }
  }

  /** Writes down all that is held. */
  save(records: Iterable<GuestRecord>): void {
    const wallAheadMs = this.#clock.wallMs() - this.#clock.nowMs();
    const kept = [...records].flatMap(({ entry, manual }) => {
      if (manual === undefined) return [];
      const { targetBytes, untilMs } = manual;
      const until = untilMs !== undefined && { untilWallMs: Math.round(untilMs + wallAheadMs) };
      return [[entry.name, { targetBytes, ...until }]];
    });
    this.#port.save(Object.fromEntries(kept));
  }
}
