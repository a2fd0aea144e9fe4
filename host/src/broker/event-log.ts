/** The broker's events: what happened, in words, bounded, for the log and for `ballast events`. */

import type { Clock, Log } from "../model/adapters.ts";
import type { BrokerEvent, EventKind } from "../model/events.ts";

const MAX_EVENTS = 2_000;

export class EventLog {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #listeners = new Set<(event: BrokerEvent) => void>();
  #events: BrokerEvent[] = [];
  #nextId = 1;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Writes an event down, logs it and tells the listeners. */
  add(level: BrokerEvent["level"], kind: EventKind, text: string, guest?: string): void {
    const event: BrokerEvent = {
      id: this.#nextId++,
      atMs: this.#clock.wallMs(),
      level,
      kind,
      text,
      ...(guest !== undefined && { guest }),
    };
    this.#events.push(event);
    if (this.#events.length > MAX_EVENTS) this.#events = this.#events.slice(-MAX_EVENTS / 2);
    this.#log[level]({ kind, ...(guest !== undefined && { guest }) }, text);
    for (const listener of this.#listeners) listener(event);
  }

  /** Events with an id above `afterId`, the newest `limit` of them, oldest first. */
  since(afterId: number, limit: number): BrokerEvent[] {
    const newer = this.#events.filter((event) => event.id > afterId);
    return limit > 0 ? newer.slice(-limit) : [];
  }

  /** Calls `listener` for each new event until the returned function is called. */
  follow(listener: (event: BrokerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
