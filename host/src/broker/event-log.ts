/** The broker's events for the log and for `ballast events`: what happened, in words, at a bounded rate. */

import type { Clock, Log } from "../model/adapters.ts";
import type { BrokerEvent, EventKind } from "../model/events.ts";
import { TokenBucket } from "../timing/token-bucket.ts";
import { EventHistory } from "./event-history.ts";

/** Rates of events of one kind about one guest: a burst, then events per second. Only what a guest can cause has a rate. */
const GUEST_RATES: Readonly<Partial<Record<EventKind, Rate>>> = {
  demand: { perSecond: 0.5, burst: 5 },
  // Taking may move a balloon at each tick.
  move: { perSecond: 1, burst: 60 },
  agent: { perSecond: 0.2, burst: 20 },
  guest: { perSecond: 0.2, burst: 20 },
  problem: { perSecond: 0.2, burst: 20 },
  "other-controller": { perSecond: 0.2, burst: 20 },
  policy: { perSecond: 0.2, burst: 20 },
  ksm: { perSecond: 0.2, burst: 20 },
};
/** Rates of events of one kind about all guests. The burst is for 1,000 guests that start at once. */
const TOTAL_RATE: Rate = { perSecond: 50, burst: 2_000 };

interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** One guest's events of one kind. */
interface Lines {
  readonly bucket: TokenBucket;
  dropped: number;
}

export class EventLog {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #listeners = new Set<(event: BrokerEvent) => void>();
  readonly #history = new EventHistory();
  /** By guest, then by kind. */
  readonly #lines = new Map<string, Map<EventKind, Lines>>();
  readonly #totals = new Map<EventKind, TokenBucket>();
  #nextId = 1;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Adds an event, logs it and tells the listeners. Above the rate it is only counted; the next event of its kind says how many. */
  add(level: BrokerEvent["level"], kind: EventKind, text: string, guest?: string): void {
    const lines = guest === undefined ? undefined : this.#linesOf(guest, kind);
    if (lines !== undefined && !this.#admits(kind, lines)) {
      lines.dropped += 1;
      return;
    }
    const more = lines?.dropped ? ` (and ${lines.dropped} more of this kind before)` : "";
    if (lines !== undefined) lines.dropped = 0;
    this.#tell({
      id: this.#nextId++,
      atMs: this.#clock.wallMs(),
      level,
      kind,
      text: `${text}${more}`,
      ...(guest !== undefined && { guest }),
    });
  }

  /** Events with an id above `afterId`, the newest `limit` of them, oldest first. */
  since(afterId: number, limit: number): BrokerEvent[] {
    return this.#history.since(afterId, limit);
  }

  /** Calls `listener` for each new event until the returned function is called. */
  follow(listener: (event: BrokerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The guest is no longer managed: its rates are forgotten, its events stay. */
  forget(guest: string): void {
    this.#lines.delete(guest);
  }

  #tell(event: BrokerEvent): void {
    const { level, kind, text, guest } = event;
    this.#history.add(event);
    this.#log[level]({ kind, ...(guest !== undefined && { guest }) }, text);
    for (const listener of this.#listeners) listener(event);
  }

  #admits(kind: EventKind, { bucket }: Lines): boolean {
    const nowMs = this.#clock.nowMs();
    // A guest above its own rate must not use up the rate of all guests.
    return bucket.take(nowMs) && this.#totalOf(kind).take(nowMs);
  }

  /** Undefined: the kind has no rate. */
  #linesOf(guest: string, kind: EventKind): Lines | undefined {
    const rate = GUEST_RATES[kind];
    if (rate === undefined) return undefined;
    const kinds = this.#lines.get(guest) ?? new Map<EventKind, Lines>();
    this.#lines.set(guest, kinds);
    const lines = kinds.get(kind) ?? { bucket: new TokenBucket(rate.perSecond, rate.burst), dropped: 0 };
    kinds.set(kind, lines);
    return lines;
  }

  #totalOf(kind: EventKind): TokenBucket {
    const total = this.#totals.get(kind) ?? new TokenBucket(TOTAL_RATE.perSecond, TOTAL_RATE.burst);
    this.#totals.set(kind, total);
    return total;
  }
}
