/** Carries out what was decided: balloon commands to QEMU, the notice to the guest, the entry in the events. */

import type { Clock } from "../model/adapters.ts";
import type { Move } from "../model/plan.ts";
import type { EventLog } from "./event-log.ts";
import type { GuestRecord } from "./guest-record.ts";
import { formatMib, moveText } from "./wording.ts";

/** After a command that failed the next one is sent this much later, doubling. */
const RETRY_MIN_MS = 2_000;
const RETRY_MAX_MS = 60_000;
/** Releasing on stop must not hold up the end. */
const RELEASE_LIMIT_MS = 3_000;

/** One balloon command with what is told of it. */
export type BalloonCommand = Omit<Move, "fromBytes"> & {
  /** Absent: what the guest had before is not known, or does not matter. */
  readonly fromBytes?: number;
};

export class BalloonCommands {
  readonly #clock: Clock;
  readonly #events: EventLog;

  constructor(clock: Clock, events: EventLog) {
    this.#clock = clock;
    this.#events = events;
  }

  /** Sends one balloon command in this very call. `quietly`: without an entry in the events. */
  apply(record: GuestRecord, move: BalloonCommand, quietly = false): void {
    const inflateBytes = (record.actualBytes ?? move.fromBytes ?? move.toBytes) - move.toBytes;
    if (inflateBytes > 0) record.agent?.noticeInflation(move.toBytes, inflateBytes);
    if (record.targetBytes !== move.toBytes) record.commandedAtMs = this.#clock.nowMs();
    record.targetBytes = move.toBytes;
    const sent = record.monitor.setTarget(move.toBytes);
    const { fromBytes, toBytes, reason } = move;
    if (toBytes !== fromBytes) {
      const from = fromBytes !== undefined && { fromBytes };
      record.remember({ atMs: this.#clock.wallMs(), ...from, toBytes, reason });
    }
    if (!quietly && move.toBytes !== move.fromBytes)
      this.#events.add("info", "move", moveText(move), move.name);
    sent.then(
      () => {
        record.commandFailure = undefined;
      },
      (error: unknown) => this.#onFailure(record, move, error),
    );
  }

  /** Gives each guest all of its memory, as far as its QEMU can be reached; resolves with the names of those that were told. */
  async releaseAll(records: readonly GuestRecord[]): Promise<ReadonlySet<string>> {
    const released = new Set<string>();
    const releases = records.map(async (record) => {
      const limits = record.limits();
      if (limits === undefined || !record.connected || record.actualBytes === undefined) return;
      await record.monitor.setTarget(limits.maxBytes);
      released.add(record.entry.name);
    });
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise((resolve) => {
      timer = setTimeout(resolve, RELEASE_LIMIT_MS);
    });
    await Promise.race([Promise.allSettled(releases), limit]);
    clearTimeout(timer);
    return released;
  }

  /** What QEMU did with the command is unknown: the next look tells, and until then nothing is assumed. */
  #onFailure(record: GuestRecord, move: BalloonCommand, error: unknown): void {
    if (record.targetBytes === move.toBytes) record.targetBytes = undefined;
    if (!record.connected) return;
    const failures = (record.commandFailure?.failures ?? 0) + 1;
    const delayMs = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** (failures - 1));
    const why = error instanceof Error ? error.message : String(error);
    record.commandFailure = {
      problem: `the balloon command to ${formatMib(move.toBytes)} failed: ${why}`,
      failures,
      retryAtMs: this.#clock.nowMs() + delayMs,
    };
  }
}
