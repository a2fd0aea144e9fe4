/** Looks at all guests at once and takes what is seen into their records. */

import type { Clock, MonitorFacts, ObserveOptions, ProcessMemoryReader } from "../model/adapters.ts";
import type { ProcessMemory } from "../model/guest.ts";
import type { EventLog } from "./event-log.ts";
import type { GuestRecord } from "./guest-record.ts";
import type { OtherControllers } from "./other-controllers.ts";
import { checkReport, type ReportedUse } from "./report-check.ts";
import { formatMib } from "./wording.ts";

/** A tick goes on without those that have not answered by then; their newest facts count. */
const POLL_LIMIT_MS = 300;

export class GuestPoller {
  readonly #clock: Clock;
  readonly #processMemory: ProcessMemoryReader;
  readonly #events: EventLog;
  readonly #otherControllers: OtherControllers;

  constructor(
    clock: Clock,
    processMemory: ProcessMemoryReader,
    events: EventLog,
    otherControllers: OtherControllers,
  ) {
    this.#clock = clock;
    this.#processMemory = processMemory;
    this.#events = events;
    this.#otherControllers = otherControllers;
  }

  /** Resolves when all have been observed, or after a limit; never rejects. */
  async pollAll(records: Iterable<GuestRecord>, options: ObserveOptions): Promise<void> {
    const polls = [...records]
      .filter((record) => !record.observing)
      .map((record) => this.#poll(record, options));
    await within(POLL_LIMIT_MS, Promise.all(polls));
  }

  /** Notes a kill by the guest's OOM killer, counted since its boot by its agent, or else by its balloon driver. */
  watchOomKills(record: GuestRecord, kills: number | undefined): void {
    if (kills === undefined) return;
    const known = record.oomKills;
    // The slower of the two sources lags behind: the count never falls within a boot.
    record.oomKills = Math.max(known ?? 0, kills);
    if (known === undefined || kills <= known) return;
    const count = kills - known === 1 ? "1 process" : `${kills - known} processes`;
    const text = `the guest's OOM killer killed ${count} at ${formatMib(record.balloon.actualBytes)}`;
    this.#events.add("error", "guest", text, record.entry.name);
  }

  async #poll(record: GuestRecord, options: ObserveOptions): Promise<void> {
    record.observing = true;
    try {
      const [facts, held] = await Promise.all([
        record.monitor.observe(options),
        this.#processMemory.read(record.entry.qmpPath),
      ]);
      this.#takeIn(record, facts, held);
    } catch (error) {
      // One guest's trouble must not cost the others their tick.
      const problem = `looking at it failed: ${String(error)}; report this with QEMU's version`;
      record.monitorFacts = { ...record.monitorFacts, inhibitions: ["unreachable"], problem };
    } finally {
      record.observing = false;
    }
  }

  #takeIn(record: GuestRecord, facts: MonitorFacts, held: ProcessMemory | undefined): void {
    this.#watchProcess(record, held);
    record.processMemory = held;
    // The size of a guest outlives a monitor that does not answer for a while.
    const maxBytes = facts.maxBytes ?? record.monitorFacts.maxBytes;
    record.monitorFacts = { ...facts, ...(maxBytes !== undefined && { maxBytes }) };
    if (maxBytes !== undefined) record.agent?.setMaxBytes(maxBytes);
    if (facts.balloon !== undefined)
      this.#otherControllers.saw(record, facts.balloon.actualBytes, facts.balloon.observedAtMs);
    record.contradiction = contradiction(record);
    // The driver counts the kills of containers at their own limit too; an agent tells the guest's own.
    if (!agentCountsKills(record)) this.watchOomKills(record, facts.stats?.oomKillsTotal);
  }

  /** A guest that was stopped and started again is another boot behind the same socket, and no event tells. */
  #watchProcess(record: GuestRecord, held: ProcessMemory | undefined): void {
    const before = record.processId;
    const now = held?.processId;
    if (now !== undefined) record.processId = now;
    const changed = before !== undefined && now !== undefined && before !== now;
    const unsure = record.suspect && record.connected && (before === undefined || now === undefined);
    if (record.connected) record.suspect = false;
    if (!changed && !unsure) return;
    if (now === undefined) record.processId = undefined;
    record.bootedAnew(this.#clock.nowMs());
    if (changed) this.#events.add("info", "guest", "another QEMU process: a new boot", record.entry.name);
  }
}

/** What was found stands until the balloon rests and a claim can be judged anew. */
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
  return check.verdict === "agrees" ? undefined : record.contradiction;
}

function claimOf(record: GuestRecord): ReportedUse | undefined {
  const report = record.report();
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

function agentCountsKills(record: GuestRecord): boolean {
  return record.report()?.oomKillsTotal !== undefined && record.agent?.facts().connected === true;
}
