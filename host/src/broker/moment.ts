/** Demands are decided on the last tick's snapshot, with the facts of guests that changed since: with a thousand guests, collecting all facts takes longer than a decision. */
import type { GuestFacts } from "../model/guest.ts";
import type { HostFacts } from "../model/host.ts";
import type { Snapshot } from "../model/snapshot.ts";

/** Demands within this time share their time, and with it what was assessed: the answers to 50 demands of one instant are decided within it. */
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

  /** A guest was commanded, demands, or something new is known of it. */
  changed(name: string): void {
    this.#changed.add(name);
  }

  /** A tick has observed all guests. */
  begin(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    this.#places = new Map(snapshot.guests.map(({ name }, place) => [name, place]));
    this.#changed.clear();
  }

  /** Anything may have changed. */
  end(): void {
    this.#snapshot = undefined;
    this.#changed.clear();
  }

  /** The facts of this moment. */
  snapshot(host: HostFacts): Snapshot {
    const kept = this.#snapshot?.host === host ? this.#seenAnew(this.#snapshot) : undefined;
    if (kept === undefined) this.begin(this.#source.snapshot(host));
    else this.#snapshot = kept;
    this.#changed.clear();
    return kept ?? this.snapshot(host);
  }

  /** Undefined: one of the guests is not among them. */
  #seenAnew(kept: Snapshot): Snapshot | undefined {
    const atMs = this.#source.nowMs();
    const nowMs = atMs - kept.nowMs < MOMENT_MS ? kept.nowMs : atMs;
    const guests = [...kept.guests];
    for (const name of this.#changed) {
      const facts = this.#source.facts(name, nowMs);
      if (facts === undefined) continue;
      const place = this.#places.get(name);
      if (place === undefined) return undefined;
      guests[place] = facts;
    }
    return { ...kept, nowMs, guests };
  }
}
