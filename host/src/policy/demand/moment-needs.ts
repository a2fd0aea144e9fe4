/** Demands of one moment share what was assessed: only guests whose facts or memory have changed since are assessed again. */
import type { GuestFacts } from "../../model/guest.ts";
import type { PolicyTuning } from "../../model/settings.ts";
import type { Snapshot } from "../../model/snapshot.ts";
import { newGuestMemory, type PolicyMemory, remembered } from "../memory.ts";
import { assess, type GuestNeed } from "../need/assess.ts";

/** Everyone's needs at one moment, under one tuning, as their reports tell. */
export interface MomentNeeds {
  readonly nowMs: number;
  readonly tuning: PolicyTuning;
  /** What is remembered once the decision is made. */
  readonly memory: PolicyMemory;
  readonly guests: readonly GuestNeed[];
  /** Guest → its place among them. */
  readonly places: ReadonlyMap<string, number>;
  /** Guests whose memory is no longer the one that they were assessed with. */
  readonly changed: readonly string[];
  /** Some guests are not remembered from a decision before. */
  readonly hasNewcomers: boolean;
}

/** What is `known` is of use if it is of the same moment and no other decision came between: records never change, so the same record has the same need. */
export function needsOf(
  snapshot: Snapshot,
  before: PolicyMemory,
  tuning: PolicyTuning,
  known: MomentNeeds | undefined,
): MomentNeeds {
  const isSameMoment = known?.nowMs === snapshot.nowMs && known.tuning === tuning && known.memory === before;
  if (!isSameMoment || !hasSameGuests(known, snapshot)) return assessedAnew(snapshot, before, tuning);
  const anew = (facts: GuestFacts) => needOf(facts, before, tuning, snapshot.nowMs);
  const guests = known.guests.map((guest, place) => {
    const facts = snapshot.guests[place] ?? guest.facts;
    return facts === guest.facts ? guest : anew(facts);
  });
  for (const name of known.changed) {
    const place = known.places.get(name);
    const facts = place === undefined ? undefined : snapshot.guests[place];
    if (place !== undefined && facts !== undefined) guests[place] = anew(facts);
  }
  return { ...known, guests, changed: [] };
}

function hasSameGuests({ guests }: MomentNeeds, snapshot: Snapshot): boolean {
  if (guests.length !== snapshot.guests.length) return false;
  return snapshot.guests.every((facts, place) => {
    const known = guests[place]?.facts;
    return known === facts || known?.name === facts.name;
  });
}

function assessedAnew(snapshot: Snapshot, before: PolicyMemory, tuning: PolicyTuning): MomentNeeds {
  const { nowMs } = snapshot;
  return {
    nowMs,
    tuning,
    memory: before,
    guests: snapshot.guests.map((facts) => needOf(facts, before, tuning, nowMs)),
    places: new Map(snapshot.guests.map(({ name }, place) => [name, place])),
    changed: [],
    hasNewcomers: snapshot.guests.some(({ name }) => remembered(before, name) === undefined),
  };
}

function needOf(facts: GuestFacts, before: PolicyMemory, tuning: PolicyTuning, nowMs: number): GuestNeed {
  return assess(facts, remembered(before, facts.name) ?? newGuestMemory(facts.bootSeenAtMs), tuning, nowMs);
}
