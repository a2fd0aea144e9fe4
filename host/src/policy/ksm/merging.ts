/** Only guests with one trust label share pages, and a guest that costs KSM more than it saves stops. */
import { sum } from "../../model/bytes.ts";
import type { KsmGuest, KsmSnapshot } from "../../model/ksm.ts";
import type { KsmSettings } from "../../model/ksm-settings.ts";
import type { MergeReason, MergeVerdict } from "../../model/ksm-status.ts";

/** With more of KSM's records per merged page, a guest costs more than it saves: a record takes 64 bytes, a page 4096. */
const MOST_RECORDS_PER_MERGED = 64;
/** Full scans before a guest is judged: the scan under way and the next two do not yet merge everything. */
const SCANS_BEFORE_JUDGING = 4;
/** Unmerging needs this many times what was saved: guests may grow meanwhile. */
export const UNMERGE_MARGIN = 1.2;
/** A guest whose merging was switched off at a loss is tried again after this time. */
const RETRY_MS = 6 * 3_600_000;

export interface MergingMemory {
  /** The label that shares, once chosen. */
  readonly trust?: string;
  /** By process: full scans when it was first seen merging. */
  readonly seenAtScan: Readonly<Record<number, number>>;
  /** By process: when merging was switched off because it did not pay. */
  readonly lossAtMs: Readonly<Record<number, number>>;
}

export const FRESH_MERGING: MergingMemory = { seenAtScan: {}, lossAtMs: {} };

/**
 * Judges every guest. `ours` are processes whose merging the broker switched off. With `byProfit` merging is also switched off for
 * guests at a loss.
 */
export function judgeMerging(
  snapshot: KsmSnapshot,
  before: MergingMemory,
  settings: Pick<KsmSettings, "trust">,
  ours: ReadonlySet<number>,
  byProfit: boolean,
): { readonly verdicts: readonly MergeVerdict[]; readonly memory: MergingMemory } {
  const trust = settings.trust ?? chooseTrust(snapshot.guests, before.trust);
  const seen = { ...(trust !== undefined && { trust }), ...remembered(snapshot, before) };
  const verdicts: MergeVerdict[] = [];
  let lossAtMs = seen.lossAtMs;
  for (const guest of snapshot.guests) {
    const reason = reasonFor(guest, snapshot, { ...seen, lossAtMs }, ours, byProfit);
    const { processId } = guest;
    if (reason === "no-profit" && processId !== undefined)
      lossAtMs = { [processId]: snapshot.nowMs, ...lossAtMs };
    verdicts.push(verdict(guest, reason));
  }
  return { verdicts, memory: { ...seen, lossAtMs } };
}

/** Guests that must not share and are not yet known to be unmerged: ksmd must not run before they are. */
export function unsettled(guests: readonly KsmGuest[], verdicts: readonly MergeVerdict[]): readonly string[] {
  const apart = new Set(verdicts.flatMap(({ name, reason }) => (reason === "other-trust" ? [name] : [])));
  return guests
    .filter(({ name, merging }) => apart.has(name) && merging?.on !== false)
    .map(({ name }) => name);
}

/** The label that was chosen before while it has guests, else the label with most resident memory. */
function chooseTrust(guests: readonly KsmGuest[], before: string | undefined): string | undefined {
  const labels = [...new Set(guests.map(({ trust }) => trust))].sort();
  if (before !== undefined && labels.includes(before)) return before;
  const residentOf = (label: string) =>
    sum(guests, ({ trust, residentBytes }) => (trust === label ? residentBytes : 0));
  return labels.reduce<string | undefined>(
    (best, label) => (best === undefined || residentOf(label) > residentOf(best) ? label : best),
    undefined,
  );
}

/** What is remembered of processes that still run. */
function remembered({ guests, reading, nowMs }: KsmSnapshot, before: MergingMemory) {
  const seenAtScan: Record<number, number> = {};
  const lossAtMs: Record<number, number> = {};
  for (const { processId } of guests) {
    if (processId === undefined) continue;
    const retried = nowMs - (before.lossAtMs[processId] ?? Number.NEGATIVE_INFINITY) >= RETRY_MS;
    const lossAt = before.lossAtMs[processId];
    if (lossAt !== undefined && !retried) lossAtMs[processId] = lossAt;
    // A guest that is tried again is judged from the start.
    const seenAt = lossAt !== undefined && retried ? undefined : before.seenAtScan[processId];
    seenAtScan[processId] = seenAt ?? reading.fullScans;
  }
  return { seenAtScan, lossAtMs };
}

function reasonFor(
  guest: KsmGuest,
  snapshot: KsmSnapshot,
  memory: MergingMemory,
  ours: ReadonlySet<number>,
  byProfit: boolean,
): MergeReason {
  const { merging, processId = -1 } = guest;
  if (merging?.obstacle !== undefined) return merging.obstacle;
  if (memory.trust !== undefined && guest.trust !== memory.trust) return "other-trust";
  if (merging === undefined) return "unknown";
  if (!merging.on && !ours.has(processId)) return "off-as-found";
  if (!byProfit) return "merged";
  if (memory.lossAtMs[processId] !== undefined) return "no-profit";
  return isAtLoss(guest, snapshot, memory) && hasHeadroom(guest, snapshot) ? "no-profit" : "merged";
}

function isAtLoss(
  { process, processId = -1 }: KsmGuest,
  { reading }: KsmSnapshot,
  memory: MergingMemory,
): boolean {
  const scans = reading.fullScans - (memory.seenAtScan[processId] ?? reading.fullScans);
  if (process === undefined || scans < SCANS_BEFORE_JUDGING) return false;
  const { profitBytes = 0, rmapItems = 0, mergingPages, zeroPages = 0 } = process;
  return profitBytes < 0 || rmapItems > MOST_RECORDS_PER_MERGED * (mergingPages + zeroPages);
}

/** Switching merging off unmerges the guest's pages at once, inside QEMU: the host must have memory for that. */
function hasHeadroom({ process }: KsmGuest, { host, ledger, reading }: KsmSnapshot): boolean {
  const neededBytes = (process?.mergingPages ?? 0) * reading.pageBytes * UNMERGE_MARGIN;
  return host.availableBytes - (ledger?.reserveBytes ?? 0) >= neededBytes;
}

function verdict(guest: KsmGuest, reason: MergeReason): MergeVerdict {
  const { name, merging } = guest;
  const wanted =
    reason === "merged" ? true : reason === "other-trust" || reason === "no-profit" ? false : undefined;
  const isAsWanted = wanted === undefined || merging === undefined || merging.on === wanted;
  return isAsWanted || merging.isFixed ? { name, reason } : { name, reason, switchTo: wanted };
}
