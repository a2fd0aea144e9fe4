/** One list of guests out of what the config lists and what inventories find. Pure. */
import { isDeepStrictEqual } from "node:util";
import { samePlace } from "../config/names.ts";
import { whyNotKeep } from "../config/platform-monitors.ts";
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
    else entries.set(entry.name, overridden(entry, overrides[entry.name], problems));
    places.add(samePlace(entry.qmpPath));
  }
  return { entries: [...entries.values()], problems };
}

/** libvirt keeps a domain's monitor for itself, so how it is used is not the admin's to say. */
function overridden(entry: GuestEntry, override: EntryOverride = {}, problems: string[]): GuestEntry {
  const { qmpMode, ...limits } = override;
  if (qmpMode === undefined) return { ...entry, ...limits };
  if (entry.domainUuid !== undefined) {
    problems.push(
      `${entry.name}: qmpMode in guests.overrides does nothing: libvirt keeps its monitor; take it out`,
    );
    return { ...entry, ...limits };
  }
  const objection = qmpMode === "own" ? whyNotKeep(entry.qmpPath) : undefined;
  if (objection !== undefined) problems.push(`${entry.name}: ${objection}`);
  return { ...entry, ...limits, qmpMode };
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
