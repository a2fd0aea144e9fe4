/** One list of guests out of what the config lists and what inventories find. Pure. */
import { isDeepStrictEqual } from "node:util";
import { samePlace } from "../config/names.ts";
import type { EntryOverride, FoundGuests, GuestEntry } from "../model/inventory.ts";

/** What the admin wrote. */
export interface WrittenGuests {
  /** Listed one by one. */
  readonly listed: readonly GuestEntry[];
  /** Settings of guests that are found, by name. */
  readonly overrides: Readonly<Record<string, EntryOverride>>;
}

/**
 * What is listed goes first: a found guest with a listed one's monitor is the same guest, and is left out. Two guests of one name are told,
 * and the first stays.
 */
export function mergeGuests(
  { listed, overrides }: WrittenGuests,
  found: readonly FoundGuests[],
): FoundGuests {
  const entries = new Map(listed.map((entry) => [entry.name, entry]));
  const places = new Set(listed.map(({ qmpPath }) => samePlace(qmpPath)));
  const problems = found.flatMap((one) => one.problems);
  for (const entry of found.flatMap((one) => one.entries)) {
    if (places.has(samePlace(entry.qmpPath))) continue;
    const first = entries.get(entry.name);
    if (first !== undefined) problems.push(sameName(entry, first));
    else entries.set(entry.name, { ...entry, ...overrides[entry.name] });
    places.add(samePlace(entry.qmpPath));
  }
  return { entries: [...entries.values()], problems };
}

function sameName({ name, source, qmpPath }: GuestEntry, first: GuestEntry): string {
  const where = first.source === "static" ? "guests.static" : first.source;
  return `${name} (${source}, ${qmpPath}) is left out: a guest of that name stands in ${where}; rename one of them`;
}

/** Whether both name the same guests with the same settings, in whatever order. */
export function areSameGuests(a: readonly GuestEntry[], b: readonly GuestEntry[]): boolean {
  const inOrder = (entries: readonly GuestEntry[]) =>
    entries.map((entry) => [entry.name, entry] as const).sort(([x], [y]) => (x < y ? -1 : 1));
  return a.length === b.length && isDeepStrictEqual(inOrder(a), inOrder(b));
}
