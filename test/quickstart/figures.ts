/** Owns what a whole story comes to in figures; pure. */

import { type Chapter, guestIn, heldTogether, type Observation } from "./observation.ts";
import type { Outcome } from "./outcome.ts";
import { BURSTING_GUEST, IDLE_GUESTS } from "./plot.ts";

/** Exit status of a program that was killed. */
const KILLED = 137;

/** What one idle guest lent and has again; sizes of its balloon's leaving, in bytes. */
export interface Lender {
  readonly name: string;
  /** At the start. */
  readonly firstBytes: number;
  /** When the burst began. */
  readonly beforeBytes: number;
  readonly leastBytes: number;
  readonly lastBytes: number;
}

export interface Figures {
  readonly budgetBytes: number;
  /** The most that the host held for all guests at one observation. */
  readonly peakHeldBytes: number;
  readonly lenders: readonly Lender[];
  /** The bursting guest: what it had when the burst began, the most that it had, the most that it used. */
  readonly beforeBytes: number;
  readonly mostBytes: number;
  readonly mostUsedBytes: number;
  /** From its first demand to its memory, as its agent measured; absent when it had no need to demand. */
  readonly demandToMemoryMs?: number;
  readonly killed: boolean;
  readonly budgetKept: boolean;
  readonly burstFinished: boolean;
}

/** Throws when nothing was seen at all. */
export function figuresOf({ record, oomKills, burstStatus }: Outcome): Figures {
  const first = record[0];
  if (first === undefined) throw new Error("nothing was seen of the story");
  const { budgetBytes = 0 } = first.status.host;
  const before = during(record, "taking").at(-1) ?? first;
  const later = record.filter(({ chapter }) => chapter !== "taking");
  const peakHeldBytes = Math.max(...record.map(heldTogether));
  const demandToMemoryMs = later.find(({ roundTripMs }) => roundTripMs !== before.roundTripMs)?.roundTripMs;
  return {
    budgetBytes,
    peakHeldBytes,
    lenders: IDLE_GUESTS.map((name) => lender(name, record, before)),
    beforeBytes: actual(before, BURSTING_GUEST),
    mostBytes: Math.max(...later.map((seen) => actual(seen, BURSTING_GUEST)), 0),
    mostUsedBytes: Math.max(...later.map((seen) => guestIn(seen, BURSTING_GUEST)?.usedBytes ?? 0), 0),
    ...(demandToMemoryMs !== undefined && { demandToMemoryMs }),
    killed: burstStatus === KILLED || Object.values(oomKills).some((count) => count > 0),
    budgetKept: peakHeldBytes <= budgetBytes,
    burstFinished: burstStatus === 0,
  };
}

/** Whether the story went as promised. */
export function isFine({ killed, budgetKept, burstFinished }: Figures): boolean {
  return !killed && budgetKept && burstFinished;
}

function lender(name: string, record: readonly Observation[], before: Observation): Lender {
  const sizes = record.map((seen) => actual(seen, name));
  return {
    name,
    firstBytes: sizes[0] ?? 0,
    beforeBytes: actual(before, name),
    leastBytes: Math.min(...sizes),
    lastBytes: sizes.at(-1) ?? 0,
  };
}

function during(record: readonly Observation[], chapter: Chapter): readonly Observation[] {
  return record.filter((seen) => seen.chapter === chapter);
}

function actual(seen: Observation, name: string): number {
  return guestIn(seen, name)?.actualBytes ?? 0;
}
