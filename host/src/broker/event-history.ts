/** The newest events, bounded in total. The guest with most events loses its oldest first, so no guest displaces another's events. */
import type { BrokerEvent } from "../model/events.ts";

const MAX_EVENTS = 2_000;

export class EventHistory {
  /** By guest, oldest first; events of the host are under `undefined`. */
  readonly #byGuest = new Map<string | undefined, BrokerEvent[]>();
  #size = 0;

  add(event: BrokerEvent): void {
    const own = this.#byGuest.get(event.guest) ?? [];
    own.push(event);
    this.#byGuest.set(event.guest, own);
    this.#size += 1;
    if (this.#size > MAX_EVENTS) this.#dropOne();
  }

  /** Events with an id above `afterId`, the newest `limit` of them, oldest first. */
  since(afterId: number, limit: number): BrokerEvent[] {
    if (limit <= 0) return [];
    const newer = [...this.#byGuest.values()].flatMap((events) => events.filter(({ id }) => id > afterId));
    return newer.sort((a, b) => a.id - b.id).slice(-limit);
  }

  #dropOne(): void {
    let guest: string | undefined;
    let most: BrokerEvent[] = [];
    // By a function: an iterator would make an object for each guest, and each event of a busy host drops one.
    this.#byGuest.forEach((events, name) => {
      if (events.length > most.length) [guest, most] = [name, events];
    });
    if (most.shift() === undefined) return;
    this.#size -= 1;
    if (most.length === 0) this.#byGuest.delete(guest);
  }
}
