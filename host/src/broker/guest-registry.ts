/** The managed guests. Guests are adopted and dismissed as the config says. */

import type { Clock } from "../model/adapters.ts";
import type { GuestEntry } from "../model/inventory.ts";
import type { GuestAdapters } from "./adapters.ts";
import type { GuestEvents } from "./guest-events.ts";
import { GuestRecord } from "./guest-record.ts";

/** Gives dismissed guests their memory back. Resolves with the names of the guests that were commanded. */
export type Release = (leaving: readonly GuestRecord[]) => Promise<ReadonlySet<string>>;

/** Names of guests, by what a reload did to them. */
export interface RegistryChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  /** The dismissed guests that were commanded to take all of their memory. */
  readonly released: ReadonlySet<string>;
}

export class GuestRegistry {
  readonly #clock: Clock;
  readonly #ports: GuestAdapters;
  readonly #records = new Map<string, GuestRecord>();

  constructor(clock: Clock, ports: GuestAdapters) {
    this.#clock = clock;
    this.#ports = ports;
  }

  get(name: string): GuestRecord | undefined {
    return this.#records.get(name);
  }

  get size(): number {
    return this.#records.size;
  }

  all(): GuestRecord[] {
    return [...this.#records.values()];
  }

  some(test: (record: GuestRecord) => boolean): boolean {
    for (const record of this.#records.values()) if (test(record)) return true;
    return false;
  }

  adopt(entry: GuestEntry, guestEvents: GuestEvents): GuestRecord {
    const machine = this.#ports.monitor(entry, guestEvents.monitor(entry.name));
    const agent = this.#ports.agent(entry, guestEvents.agent(entry.name));
    const record = new GuestRecord(entry, machine, agent, this.#clock.nowMs());
    this.#records.set(entry.name, record);
    return record;
  }

  /**
   * Makes the managed guests those of `entries`. A guest whose sockets stay the same keeps its connections and what was learned about
   * it. Every guest that stays keeps its manual target. `release` is called once for the dismissed guests: they can still be commanded,
   * and no tick knows them any more.
   */
  async change(
    entries: readonly GuestEntry[],
    guestEvents: GuestEvents,
    release: Release,
  ): Promise<RegistryChange> {
    const wanted = new Map(entries.map((entry) => [entry.name, entry]));
    const before = new Map(this.all().map((record) => [record.entry.name, record]));
    const changed = this.all().filter(({ entry }) => !isSame(entry, wanted.get(entry.name) ?? entry));
    const leaving = this.all().filter(({ entry }) => !hasSameSockets(entry, wanted.get(entry.name)));
    for (const { entry } of leaving) this.#records.delete(entry.name);
    const released = await release(leaving.filter(({ entry }) => !wanted.has(entry.name)));
    // Two clients of one monitor would wait for each other: the old one disconnects first.
    await Promise.all(leaving.map(closeGuest));
    for (const entry of entries) {
      const kept = this.#records.get(entry.name);
      if (kept !== undefined) kept.changeEntry(entry);
      else this.adopt(entry, guestEvents).setManual(before.get(entry.name)?.manual);
    }
    return {
      added: entries.flatMap(({ name }) => (before.has(name) ? [] : [name])),
      removed: [...before.keys()].filter((name) => !wanted.has(name)),
      changed: changed.map(({ entry }) => entry.name),
      released,
    };
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    await Promise.all(this.all().map(closeGuest));
  }
}

async function closeGuest({ monitor, agent }: GuestRecord): Promise<void> {
  await Promise.allSettled([monitor.close(), agent?.close()]);
}

/** What the platform does with a guest just now is no setting. */
function isSame(a: GuestEntry, b: GuestEntry): boolean {
  return JSON.stringify({ ...a, lock: "" }) === JSON.stringify({ ...b, lock: "" });
}

function hasSameSockets(a: GuestEntry, b: GuestEntry | undefined): boolean {
  const isSameMonitor = a.qmpPath === b?.qmpPath && a.qmpMode === b?.qmpMode;
  return b !== undefined && isSameMonitor && a.agentPath === b.agentPath;
}
