/** The promises as rules: each looks at one record and at what was true before it, and tells in words what is broken. */
import { formatMib, MIB } from "../../../host/src/model/bytes.ts";
import type { RunRecord } from "./run-record.ts";
import { type GuestState, isAway, type RunState, wasAway } from "./run-state.ts";

/** The run's own times. */
export interface RunTimes {
  /** The broker's `staleAfter`. */
  readonly staleAfterMs: number;
  /** From what happens to what the broker makes of it: a tick, a poll, and what a busy machine adds. */
  readonly reactionMs: number;
  /** A part that was away must be back for this long before a kill counts against the broker. */
  readonly helpMs: number;
}

export interface Rule {
  /** The promise of the design that it holds: 1 to 5. */
  readonly promise: number;
  readonly name: string;
  /** What is broken, or undefined. */
  readonly broken: (record: RunRecord, before: RunState, times: RunTimes) => string | undefined;
}

/** QEMU counts in pages, people in MiB. */
const TOLERANCE_BYTES = MIB;

/** From what QEMU or an agent tells to the command that is made of it. */
const SIGHT_MS = 500;

type Target = Extract<RunRecord, { kind: "target" }>;

/** A rule about balloon commands alone. */
function onTarget(
  broken: (record: Target, guest: GuestState, run: RunState, times: RunTimes) => string | undefined,
) {
  return (record: RunRecord, before: RunState, times: RunTimes): string | undefined => {
    if (record.kind !== "target") return undefined;
    const guest = before.guests.get(record.guest);
    return guest && broken(record, guest, before, times);
  };
}

/** A rule about commands that take: to less than the guest has and is meant to have. */
function onTaking(broken: (record: Target, guest: GuestState, times: RunTimes) => string | undefined) {
  return onTarget((record, guest, _, times) => {
    const fromBytes = Math.min(guest.sizeBytes, guest.targetBytes ?? guest.sizeBytes);
    return record.bytes < fromBytes - TOLERANCE_BYTES ? broken(record, guest, times) : undefined;
  });
}

/** Promise 1: a guest is killed while a broker could have helped it from memory that nobody had. */
const NO_KILL: Rule = {
  promise: 1,
  name: "no kill while there is memory to lend",
  broken: (record, run, { helpMs }) => {
    if (record.kind !== "kill") return undefined;
    const guest = run.guests.get(record.guest);
    if (guest === undefined || guest.sizeBytes >= guest.maxBytes) return undefined;
    const sinceMs = record.atMs - helpMs;
    const absences = [run.broker, ...guest.absences.values()];
    if (absences.some((absence) => wasAway(absence, sinceMs, record.atMs))) return undefined;
    if ((guest.bootedAtMs ?? Number.NEGATIVE_INFINITY) >= sinceMs) return undefined;
    const freeBytes = run.budgetBytes - run.promisedBytes;
    if (freeBytes < record.lackedBytes) return undefined;
    return `killed at ${formatMib(guest.sizeBytes)} for ${formatMib(record.lackedBytes)}, with ${formatMib(freeBytes)} to lend`;
  },
};

/** Promise 2: memory is promised once. A guest that boots has all of its memory, whatever is said. */
const WITHIN_BUDGET: Rule = {
  promise: 2,
  name: "nothing over budget",
  broken: (record, run) => {
    if (record.kind === "held") return heldTooMuch(record.bytes, run);
    if (record.kind !== "target") return undefined;
    const guest = run.guests.get(record.guest);
    if (guest === undefined || isBooting(guest)) return undefined;
    if (hasJustBooted(run, record.atMs)) return undefined;
    // A balloon that grows may be told to stay where it was a moment ago.
    if (record.bytes <= guest.largestBytes(record.atMs - SIGHT_MS)) return undefined;
    const afterBytes = run.promisedBytes - guest.promisedBytes + Math.max(guest.sizeBytes, record.bytes);
    if (afterBytes <= run.promisedBytes || afterBytes <= run.budgetBytes + TOLERANCE_BYTES) return undefined;
    return `${formatMib(record.bytes)} promised makes ${formatMib(afterBytes)} of a budget of ${formatMib(run.budgetBytes)}`;
  },
};

function heldTooMuch(bytes: number, { budgetBytes, heldBytes }: RunState): string | undefined {
  if (bytes <= budgetBytes || heldBytes > budgetBytes) return undefined;
  return `guests hold ${formatMib(bytes)} of a budget of ${formatMib(budgetBytes)}`;
}

/** Promise 3: the guarantee, and the maximum with it. */
const WITHIN_LIMITS: Rule = {
  promise: 3,
  name: "no target below the minimum or above the maximum",
  broken: onTarget(({ bytes }, { minBytes, maxBytes }) => {
    if (bytes >= minBytes && bytes <= maxBytes) return undefined;
    return `told ${formatMib(bytes)}, outside of ${formatMib(minBytes)} to ${formatMib(maxBytes)}`;
  }),
};

/** Promise 3: not below what the guest used all the time since its last news could be old. */
const ABOVE_NEED: Rule = {
  promise: 3,
  name: "nothing taken below the real need",
  broken: onTaking((record, guest, { staleAfterMs, reactionMs }) => {
    const needBytes = guest.leastUsedBytes(record.atMs - staleAfterMs - reactionMs);
    if (record.bytes >= needBytes - TOLERANCE_BYTES) return undefined;
    return `told ${formatMib(record.bytes)} while it used at least ${formatMib(needBytes)}`;
  }),
};

/** Promise 5: nothing is taken on old news. */
const FRESH_NEWS: Rule = {
  promise: 5,
  name: "nothing taken on stale news",
  broken: onTaking(
    (record, { newsAtMs, bootedAtMs = Number.NEGATIVE_INFINITY }, { staleAfterMs, reactionMs }) => {
      // What was under way as a boot began is no fault.
      const ageMs = record.atMs - (newsAtMs ?? bootedAtMs - staleAfterMs);
      if (ageMs <= staleAfterMs + reactionMs) return undefined;
      return `told ${formatMib(record.bytes)} on news that were ${Math.round(ageMs)} ms old`;
    },
  ),
};

/** Promise 5: nothing is taken from a guest that does not run. */
const NOT_FROM_THE_ABSENT: Rule = {
  promise: 5,
  name: "nothing taken from a guest that does not run",
  broken: onTaking((record, { absences }, { reactionMs }) => {
    const absence = absences.get("guest") ?? {};
    if (!isAway(absence, record.atMs - reactionMs) || !isAway(absence, record.atMs)) return undefined;
    return `told ${formatMib(record.bytes)} while it does not run`;
  }),
};

/** A guest that was started has all of its memory at once, and nobody could know of it yet. */
function hasJustBooted({ guests }: RunState, atMs: number): boolean {
  return [...guests.values()].some(
    ({ bootedAtMs }) => (bootedAtMs ?? Number.NEGATIVE_INFINITY) > atMs - SIGHT_MS,
  );
}

/** Until it tells of itself. */
function isBooting({ bootedAtMs, newsAtMs }: GuestState): boolean {
  return bootedAtMs !== undefined && newsAtMs === undefined;
}

export const RULES: readonly Rule[] = [
  NO_KILL,
  WITHIN_BUDGET,
  WITHIN_LIMITS,
  ABOVE_NEED,
  FRESH_NEWS,
  NOT_FROM_THE_ABSENT,
];
