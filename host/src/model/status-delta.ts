/** What changed from one status to the next, and the next one from it; pure. Both ends of the stream use it. */
import type { GuestStatus, Status } from "./status.ts";

/** A merge patch (RFC 7396): fields that changed, `null` for those that are gone. A status itself has no `null`. */
export type Patch = { readonly [field: string]: unknown };

export interface StatusDelta {
  /** Of all but the guests; absent: nothing changed. */
  readonly rest?: Patch;
  /** Of those guests that changed; a new guest has all of its fields. */
  readonly guests?: readonly ({ readonly name: string } & Patch)[];
  /** All guests in their order, where guests came or went. */
  readonly names?: readonly string[];
}

/** `applyDelta(before, deltaBetween(before, after))` is `after`. Names of guests are unique. */
export function deltaBetween(before: Status, after: Status): StatusDelta {
  const { guests: guestsBefore, ...restBefore } = before;
  const { guests: guestsAfter, ...restAfter } = after;
  const rest = patchBetween(restBefore, restAfter);
  const known = byName(guestsBefore);
  const guests = guestsAfter.flatMap((guest) => {
    const old = known.get(guest.name);
    if (old === undefined) return [{ ...guest }];
    const patch = patchBetween(old, guest);
    return patch === undefined ? [] : [{ ...patch, name: guest.name }];
  });
  const names = guestsAfter.map(({ name }) => name);
  return {
    ...(rest !== undefined && { rest }),
    ...(guests.length > 0 && { guests }),
    ...(!isEqual(
      names,
      guestsBefore.map(({ name }) => name),
    ) && { names }),
  };
}

export function applyDelta(before: Status, { rest = {}, guests = [], names }: StatusDelta): Status {
  const { guests: guestsBefore, ...restBefore } = before;
  const all = byName(guestsBefore);
  for (const patch of guests)
    all.set(patch.name, patched(all.get(patch.name), patch) as unknown as GuestStatus);
  const order = names ?? guestsBefore.map(({ name }) => name);
  return {
    ...(patched(restBefore, rest) as Omit<Status, "guests">),
    guests: order.flatMap((name) => all.get(name) ?? []),
  };
}

function byName(guests: readonly GuestStatus[]): Map<string, GuestStatus> {
  return new Map(guests.map((guest) => [guest.name, guest]));
}

function patchBetween(before: object, after: object): Patch | undefined {
  const old = new Map<string, unknown>(Object.entries(before));
  const now = new Map<string, unknown>(Object.entries(after));
  const gone = [...old.keys()].filter((field) => !now.has(field)).map((field) => [field, null] as const);
  const changed = [...now].flatMap(([field, value]) => {
    const change = changeBetween(old.get(field), value);
    return change === undefined ? [] : [[field, change] as const];
  });
  return gone.length + changed.length === 0 ? undefined : Object.fromEntries([...gone, ...changed]);
}

/** Undefined: none. */
function changeBetween(before: unknown, after: unknown): unknown {
  if (isFields(before) && isFields(after)) return patchBetween(before, after);
  return isEqual(before, after) ? undefined : after;
}

function patched(before: unknown, patch: Patch): Patch {
  const fields = new Map(isFields(before) ? Object.entries(before) : []);
  for (const [field, change] of Object.entries(patch)) {
    if (change === null) fields.delete(field);
    else fields.set(field, isFields(change) ? patched(fields.get(field), change) : change);
  }
  return Object.fromEntries(fields);
}

function isFields(value: unknown): value is Patch {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isEqual(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
