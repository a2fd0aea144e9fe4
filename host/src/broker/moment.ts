/** Demands of one moment are decided on one snapshot: with a thousand guests, collecting all facts takes longer than a decision. */
import type { GuestFacts } from "../model/guest.ts";
import type { HostFacts } from "../model/host.ts";
import type { Snapshot } from "../model/snapshot.ts";

/** Facts are this old at most: the answers to 50 demands of one instant are decided within it. Between two ticks they are up to a second old anyway; the guest that demands, and those that were moved, are always seen anew. */
const MOMENT_MS = 50;

export interface MomentSource {
  readonly nowMs: () => number;
  readonly snapshot: (host: HostFacts) => Snapshot;
  /** Undefined: the guest is not managed any more, or its size is not known. */
  readonly facts: (name: string, nowMs: number) => GuestFacts | undefined;
}

export class Moment {
  readonly #source: MomentSource;
  /** Guests whose facts have changed since the snapshot. */
  readonly #changed = new Set<string>();
  #snapshot: Snapshot | undefined;
  #places: ReadonlyMap<string, number> = new Map();

  constructor(source: MomentSource) {
    this.#source = source;
  }

  /** A guest was commanded, or demands. */
  changed(name: string): void {
    this.#changed.add(name);
  }

  /** Anything may have changed. */
  end(): void {
    this.#snapshot = undefined;
    this.#changed.clear();
  }

  /** The facts of this moment. */
  snapshot(host: HostFacts): Snapshot {
    const kept = this.#snapshot;
    const isOver = kept === undefined || kept.host !== host || this.#source.nowMs() - kept.nowMs >= MOMENT_MS;
    const snapshot = isOver ? this.#begin(host) : this.#seenAnew(kept);
    this.#changed.clear();
    this.#snapshot = snapshot;
    return snapshot;
  }

  #begin(host: HostFacts): Snapshot {
    const snapshot = this.#source.snapshot(host);
    this.#places = new Map(snapshot.guests.map(({ name }, place) => [name, place]));
    return snapshot;
  }

  #seenAnew(kept: Snapshot): Snapshot {
    const guests = [...kept.guests];
    for (const name of this.#changed) {
      const place = this.#places.get(name);
      const facts = this.#source.facts(name, kept.nowMs);
      // A guest whose size has just become known is in the next moment.
      if (place !== undefined && facts !== undefined) guests[place] = facts;
    }
    return { ...kept, guests };
  }
}
