/** Observes all guests at once and takes the results into their records. */

import { checkReport, type ReportedUse } from "../belief/balloon-agreement.ts";
import type { Clock, MonitorFacts, ObserveOptions, ProcessMemoryReader } from "../model/adapters.ts";
import { formatMib } from "../model/bytes.ts";
import type { ProcessMemory } from "../model/guest.ts";
import { SharedTurns } from "../timing/shared-turns.ts";
import type { EventLog } from "./event-log.ts";
import type { GuestRecord } from "./guest-record.ts";
import type { OtherControllers } from "./other-controllers.ts";

/** A tick waits no longer for guests that do not answer; their newest facts count. */
const POLL_LIMIT_MS = 300;
/** Guests that are asked at a time. Their answers may come in one turn of the event loop, and a demand waits for one turn: this many take about two milliseconds. */
const MOST_AT_A_TIME = 12;

export class GuestPoller {
  readonly #clock: Clock;
  readonly #processMemory: ProcessMemoryReader;
  readonly #events: EventLog;
  readonly #otherControllers: OtherControllers;
  readonly #onNews: (name: string) => void;
  readonly #turns = new SharedTurns(MOST_AT_A_TIME);

  constructor(
    clock: Clock,
    processMemory: ProcessMemoryReader,
    events: EventLog,
    otherControllers: OtherControllers,
    onNews: (name: string) => void,
  ) {
    this.#onNews = onNews;
    this.#clock = clock;
    this.#processMemory = processMemory;
    this.#events = events;
    this.#otherControllers = otherControllers;
  }

  /** Resolves when all guests have been observed, or after a limit: those that are left are observed all the same. Never rejects. */
  async pollAll(
    records: Iterable<GuestRecord>,
    optionsOf: (record: GuestRecord) => ObserveOptions,
  ): Promise<void> {
    const due = [...records].filter(({ isObserved }) => !isObserved);
    this.#processMemory.expect?.(due.map(({ entry }) => entry.qmpPath));
    const polls = due.map((record) =>
      record.observing(() => this.#turns.run(() => this.#poll(record, optionsOf(record)))),
    );
    await within(POLL_LIMIT_MS, Promise.all(polls));
  }

  /** Adds an event for new kills by the guest's OOM killer, as its agent counts them, or else its balloon driver. */
  watchOomKills({ boot, balloon, entry }: GuestRecord, kills: number | undefined): void {
    const added = kills === undefined ? 0 : boot.countOomKills(kills);
    if (added === 0) return;
    const count = added === 1 ? "1 process" : `${added} processes`;
    const text = `the guest's OOM killer killed ${count} at ${formatMib(balloon.actualBytes)}`;
    this.#events.add("error", "guest", text, entry.name);
  }

  async #poll(record: GuestRecord, options: ObserveOptions): Promise<void> {
    try {
      const [facts, memory] = await Promise.all([
        record.monitor.observe(options),
        this.#processMemory.read(record.entry.qmpPath),
      ]);
      this.#takeIn(record, facts, memory);
    } catch (error) {
      // A fault of one guest must not stop the tick for the others.
      record.failedToObserve(`observing it failed: ${String(error)}; report this with QEMU's version`);
    }
  }

  #takeIn(record: GuestRecord, facts: MonitorFacts, memory: ProcessMemory | undefined): void {
    this.#onNews(record.entry.name);
    if (record.tookProcess(memory, this.#clock.nowMs()))
      this.#events.add("info", "guest", "another QEMU process: a new boot", record.entry.name);
    record.tookFacts(facts, this.#clock.nowMs());
    if (facts.balloon !== undefined)
      this.#otherControllers.saw(record, facts.balloon.actualBytes, facts.balloon.observedAtMs);
    record.boot.judged(contradiction(record));
    // The driver also counts kills of containers at their own limits; an agent counts only the guest's own kills.
    if (!agentCountsKills(record)) this.watchOomKills(record, facts.stats?.oomKillsTotal);
  }
}

/** Judges the newest figures. An earlier result stands until the balloon rests and figures can be compared again. */
function contradiction(record: GuestRecord): string | undefined {
  const claim = claimOf(record);
  const fullBytes = record.monitorFacts.maxBytes;
  if (claim === undefined || fullBytes === undefined) return undefined;
  const { actualBytes, actualAtMs, movedAtMs, targetBytes } = record.balloon;
  const check = checkReport(claim, {
    actualBytes,
    actualAtMs,
    actualMovedAtMs: movedAtMs,
    targetBytes,
    fullBytes,
  });
  if (check.verdict === "contradicts") return check.problem;
  return check.verdict === "agrees" ? undefined : record.boot.contradiction;
}

function claimOf(record: GuestRecord): ReportedUse | undefined {
  const { report } = record.boot;
  if (report !== undefined && record.agent?.facts().connected === true) {
    const { receivedAtMs, availableBytes, balloonBytes } = report;
    return { source: "agent", atMs: receivedAtMs, availableBytes, balloonBytes };
  }
  const { stats } = record.monitorFacts;
  const availableBytes = stats?.availableBytes ?? stats?.freeBytes;
  if (stats === undefined || availableBytes === undefined) return undefined;
  return { source: "balloon driver", atMs: stats.updatedAtMs, availableBytes };
}

async function within(limitMs: number, done: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([done, limit]);
  clearTimeout(timer);
}

function agentCountsKills({ boot, agent }: GuestRecord): boolean {
  return boot.report?.oomKillsTotal !== undefined && agent?.facts().connected === true;
}
