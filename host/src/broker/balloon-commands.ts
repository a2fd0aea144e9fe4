/** Carries out moves: sends the balloon command to QEMU, notifies the guest, and adds an event. */

import type { BrokerObserver, Clock } from "../model/adapters.ts";
import { formatMib } from "../model/bytes.ts";
import type { GuestLimits } from "../model/guest.ts";
import type { Move } from "../model/plan.ts";
import type { EventLog } from "./event-log.ts";
import type { GuestRecord } from "./guest-record.ts";
import { moveText } from "./wording.ts";

/** Releasing all balloons must not delay the end for longer. */
const RELEASE_LIMIT_MS = 3_000;

/**
 * A decision is carried out within milliseconds. A process that was stopped meanwhile goes on in the middle of it: by then the guests'
 * news are older than they were, so nothing more is taken on them. A heavily loaded host stays below this.
 */
const DECISION_LIFE_MS = 1_000;

/** One balloon command, with what its event says. */
export type BalloonCommand = Omit<Move, "fromBytes"> & {
  /** Absent: the size before is not known or does not matter. */
  readonly fromBytes?: number;
};

/** A target outside of the guest's limits. It is never sent: it is a bug of the broker. */
export class TargetOutsideLimitsError extends Error {
  readonly code = "TARGET_OUTSIDE_LIMITS";

  constructor(targetBytes: number, { minBytes, maxBytes }: Pick<GuestLimits, "minBytes" | "maxBytes">) {
    super(
      `${formatMib(targetBytes)} is not within the guest's limits, ${formatMib(minBytes)} to ${formatMib(maxBytes)}; not sent. Report this`,
    );
    this.name = "TargetOutsideLimitsError";
  }
}

export class BalloonCommands {
  readonly #clock: Clock;
  readonly #events: EventLog;
  readonly #observer: BrokerObserver | undefined;

  constructor(clock: Clock, events: EventLog, observer?: BrokerObserver) {
    this.#clock = clock;
    this.#events = events;
    this.#observer = observer;
  }

  /** Carries out moves that were decided at `decidedAtMs`; `recordOf` is undefined for a guest that is gone. `quietly`: without events. */
  carryOut(
    moves: readonly Move[],
    decidedAtMs: number,
    recordOf: (name: string) => GuestRecord | undefined,
    quietly = false,
  ): void {
    for (const move of moves) {
      const record = recordOf(move.name);
      const isOld = this.#clock.nowMs() - decidedAtMs > DECISION_LIFE_MS;
      if (record === undefined || (isOld && move.toBytes < move.fromBytes)) continue;
      this.apply(record, move, quietly);
    }
  }

  /** Sends one balloon command before it returns, unless the target is outside of the guest's limits. `quietly`: without an event. */
  apply(record: GuestRecord, move: BalloonCommand, quietly = false): void {
    const limits = record.limits();
    if (limits !== undefined && isOutside(move.toBytes, limits)) {
      this.#onFailure(record, move, new TargetOutsideLimitsError(move.toBytes, limits));
      return;
    }
    const { balloon } = record;
    const inflateBytes = (balloon.actualBytes ?? move.fromBytes ?? move.toBytes) - move.toBytes;
    if (inflateBytes > 0)
      record.agent?.send({ type: "inflation-notice", targetBytes: move.toBytes, inflateBytes });
    balloon.commanded(move.toBytes, this.#clock.nowMs());
    const sent = record.monitor.setTarget(move.toBytes);
    const { fromBytes, toBytes, reason } = move;
    if (toBytes !== fromBytes) {
      const from = fromBytes !== undefined && { fromBytes };
      this.#observer?.moved({ ...from, toBytes, reason });
      balloon.remember({ atMs: this.#clock.wallMs(), ...from, toBytes, reason });
    }
    if (!quietly && move.toBytes !== move.fromBytes)
      this.#events.add("info", "move", moveText(move), move.name);
    sent.then(
      () => balloon.accepted(),
      (error: unknown) => this.#onFailure(record, move, error),
    );
  }

  /** Gives each guest all of its memory, if its QEMU can be reached. Resolves with the names of the guests that were commanded. */
  async releaseAll(records: readonly GuestRecord[]): Promise<ReadonlySet<string>> {
    const released = new Set<string>();
    const releases = records.map(async (record) => {
      const limits = record.limits();
      if (limits === undefined || !record.connected || record.balloon.actualBytes === undefined) return;
      // Without this its way there would look like another program's move.
      record.balloon.commanded(limits.maxBytes, this.#clock.nowMs());
      await record.monitor.setTarget(limits.maxBytes).catch((error: unknown) => {
        record.balloon.doubt(limits.maxBytes);
        throw error;
      });
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

  #onFailure({ balloon, connected }: GuestRecord, move: BalloonCommand, error: unknown): void {
    balloon.doubt(move.toBytes);
    if (!connected) return;
    const why = error instanceof Error ? error.message : String(error);
    balloon.failed(`the balloon command to ${formatMib(move.toBytes)} failed: ${why}`, this.#clock.nowMs());
  }
}

function isOutside(
  bytes: number,
  { minBytes, maxBytes }: Pick<GuestLimits, "minBytes" | "maxBytes">,
): boolean {
  return !(bytes >= minBytes && bytes <= maxBytes);
}
