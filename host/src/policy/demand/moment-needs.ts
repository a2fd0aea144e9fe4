/** Demands of one moment share what was assessed: only guests whose facts or memory have changed since are assessed again. */
import type { GuestFacts } from "../../model/guest.ts";
import type { PolicyTuning } from "../../model/settings.ts";
import type { Snapshot } from "../../model/snapshot.ts";
import { StakesTable } from "../budget/stakes.ts";
import { type GuestMemory, newGuestMemory, type PolicyMemory, remembered } from "../memory.ts";
import { assess, type GuestNeed } from "../need/assess.ts";

/** Everyone's needs at one moment, under one tuning, as their reports tell. */
export interface MomentNeeds {
  readonly nowMs: number;
  readonly tuning: PolicyTuning;
  /** What is remembered once the decision is made. */
  readonly memory: PolicyMemory;
  readonly guests: readonly GuestNeed[];
  /** What the guests were assessed by, beside them: to compare it where it stands, in each guest's need, would take as long as half of the ledger. */
  readonly facts: readonly GuestFacts[];
  /** For this moment's ledgers. */
  readonly stakes: StakesTable;
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
  const { nowMs, guests: facts } = snapshot;
  const guests = [...known.guests];
  const assessAnew = (place: number | undefined) => {
    const changed = place === undefined ? undefined : facts[place];
    if (place === undefined || changed === undefined) return;
    guests[place] = needOf(changed, remembered(before, changed.name), tuning, nowMs);
  };
  for (let place = 0; place < facts.length; place++)
    if (facts[place] !== known.facts[place]) assessAnew(place);
  for (const name of known.changed) assessAnew(known.places.get(name));
  return { ...known, guests, facts, changed: [] };
}

function hasSameGuests({ facts }: MomentNeeds, snapshot: Snapshot): boolean {
  if (facts.length !== snapshot.guests.length) return false;
  return facts.every((known, place) => {
    const now = snapshot.guests[place];
    return known === now || known.name === now?.name;
  });
}

function assessedAnew(snapshot: Snapshot, before: PolicyMemory, tuning: PolicyTuning): MomentNeeds {
  const { nowMs, guests: facts } = snapshot;
  let hasNewcomers = false;
  const guests = facts.map((each) => {
    const memory = remembered(before, each.name);
    hasNewcomers ||= memory === undefined;
    return needOf(each, memory, tuning, nowMs);
  });
  const places = new Map(facts.map(({ name }, place) => [name, place]));
  const stakes = new StakesTable();
  return { nowMs, tuning, memory: before, guests, facts, stakes, places, changed: [], hasNewcomers };
}

function needOf(
  facts: GuestFacts,
  memory: GuestMemory | undefined,
  tuning: PolicyTuning,
  nowMs: number,
): GuestNeed {
  return assess(facts, memory ?? newGuestMemory(facts.bootSeenAtMs), tuning, nowMs);
}
