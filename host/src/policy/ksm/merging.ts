/** Which guests share: one trust label, and none at a loss. */
import { sum } from "../../model/bytes.ts";
import type { KsmGuest, KsmSnapshot } from "../../model/ksm.ts";
import type { KsmSettings } from "../../model/ksm-settings.ts";
import type { MergeReason, MergeVerdict } from "../../model/ksm-status.ts";

/** KSM's records for one page that is merged at which a guest costs more than it gives (64 bytes each against a page). */
const MOST_RECORDS_PER_MERGED = 64;
/** Full scans before a guest is judged: the one that runs already and the next two cannot merge all that can be. */
const SCANS_BEFORE_JUDGING = 4;
/** Taking apart needs what was shared, and room beside it. */
export const UNMERGE_MARGIN = 1.2;
/** A guest that did not pay is tried again so late. */
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

/** Judges every guest; `ours`: processes whose merging we switched off ourselves, `byProfit`: loss-makers are switched off too. */
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

/** Guests that must not share and are not known to be apart: ksmd must not run before they are. */
export function unsettled(guests: readonly KsmGuest[], verdicts: readonly MergeVerdict[]): readonly string[] {
  const apart = new Set(verdicts.flatMap(({ name, reason }) => (reason === "other-trust" ? [name] : [])));
  return guests
    .filter(({ name, merging }) => apart.has(name) && merging?.on !== false)
    .map(({ name }) => name);
}

/** One label only: all of them. Several: the one chosen before while it has guests, else the one with most memory. */
function chooseTrust(guests: readonly KsmGuest[], before: string | undefined): string | undefined {
  const labels = [...new Set(guests.map(({ trust }) => trust))].sort();
  if (before !== undefined && labels.includes(before)) return before;
  const heldBy = (label: string) =>
    sum(guests, ({ trust, residentBytes }) => (trust === label ? residentBytes : 0));
  return labels.reduce<string | undefined>(
    (best, label) => (best === undefined || heldBy(label) > heldBy(best) ? label : best),
    undefined,
  );
}

/** Only processes that are still there are remembered. */
function remembered({ guests, reading, nowMs }: KsmSnapshot, before: MergingMemory) {
  const seenAtScan: Record<number, number> = {};
  const lossAtMs: Record<number, number> = {};
  for (const { processId } of guests) {
    if (processId === undefined) continue;
    const retried = nowMs - (before.lossAtMs[processId] ?? Number.NEGATIVE_INFINITY) >= RETRY_MS;
    const lossAt = before.lossAtMs[processId];
    if (lossAt !== undefined && !retried) lossAtMs[processId] = lossAt;
    // Tried again, it is judged anew.
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

/** Switching off takes the guest's pages apart at once, inside QEMU. */
function hasHeadroom({ process }: KsmGuest, { host, ledger, reading }: KsmSnapshot): boolean {
  const neededBytes = (process?.mergingPages ?? 0) * reading.pageBytes * UNMERGE_MARGIN;
  return host.availableBytes - (ledger?.reserveBytes ?? 0) >= neededBytes;
}

function verdict(guest: KsmGuest, reason: MergeReason): MergeVerdict {
  const { name, merging } = guest;
  const wanted =
    reason === "merged" ? true : reason === "other-trust" || reason === "no-profit" ? false : undefined;
  const isAsWanted = wanted === undefined || merging === undefined || merging.on === wanted;
  return isAsWanted ? { name, reason } : { name, reason, switchTo: wanted };
}
