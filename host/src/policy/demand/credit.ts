/** How much a guest that calls may be given, and out of what. */
import { clamp, MIB } from "../../model/bytes.ts";
import type { GuestDemand } from "../../model/guest.ts";
import { fairBytesPerShare } from "../budget/fair-share.ts";
import { emergencyBytes, type Ledger } from "../budget/ledger.ts";
import { spendable } from "../budget/spendable.ts";
import type { GuestNeed } from "../need/assess.ts";
import { unusedBytes, wasContradicted } from "../need/belief.ts";
import { ROOMY_SHARE } from "../thresholds.ts";

/** How far a guest's word goes in a shortage beyond what can be seen, the larger of the two. */
const ALLOWANCE_BYTES = 256 * MIB;
const ALLOWANCE_SHARE = 0.15;
/** Who was caught at a claim that its driver contradicts is not believed in the next one, which cannot be checked yet. */
const DOUBT_MS = 60_000;
/** Until then there is nothing to hold a guest's word against: its balloon driver was not asked twice. */
const UNKNOWN_MS = 5_000;
/** Growth that the host saw within this time is going on: three decisions, of which the demand comes before the next. */
const GROWING_MS = 3_000;

/**
 * What a guest may be given on its word. While there is enough, all of it. In a shortage not more than an allowance beyond what it
 * has touched, nor beyond its fair share or what it is believed to need, whichever is more: an honest guest calls when little is
 * left, a hoarder calls whatever it has. A guest that is failing by `failing` gets that in any case up to its fair share, and beyond it
 * where the host sees it grow: memory may be in use that was never touched.
 */
export function creditBytes(
  guest: GuestNeed,
  guests: readonly GuestNeed[],
  ledger: Ledger,
  failing: number,
  nowMs: number,
): number {
  const { facts, memory, floorBytes, actualBytes } = guest;
  const { maxBytes, shares } = facts.limits;
  if (ledger.freeBytes >= maxBytes - actualBytes) return maxBytes;
  const hasBytes = Math.max(guest.targetBytes, guest.actualBytes);
  const allowanceBytes = Math.max(ALLOWANCE_BYTES, maxBytes * ALLOWANCE_SHARE);
  const fairBytes = shares * fairBytesPerShare(ledger, guests);
  const dueBytes = Math.max(fairBytes, floorBytes + allowanceBytes);
  const unused = unusedBytes(facts, hasBytes, memory.overheadBytes);
  const { residentGrewAtMs = Number.NEGATIVE_INFINITY } = memory.growth;
  const isGrowing = nowMs - residentGrewAtMs < GROWING_MS;
  const isLiar = guest.contradicted || wasContradicted(memory, nowMs);
  const vitalBytes = isLiar ? 0 : Math.min(failing, isGrowing ? maxBytes : fairBytes - hasBytes);
  return Math.max(0, Math.min(allowanceBytes - unused, dueBytes - hasBytes), vitalBytes);
}

/** Whether nothing that could be seen lately speaks against a guest's word. */
export function isCredible({ doubtedBytes, facts, memory }: GuestNeed, nowMs: number): boolean {
  if (nowMs - facts.bootSeenAtMs < UNKNOWN_MS) return false;
  return doubtedBytes === 0 && nowMs - (memory.doubtedAtMs ?? Number.NEGATIVE_INFINITY) >= DOUBT_MS;
}

/**
 * What a guest that is about to fail must have at once: its room to grow. What it asks beyond that can wait, and whoever has more left
 * than is needed to call in time is not about to fail, whatever it says.
 */
export function failingBytes(guest: GuestNeed, demand: GuestDemand): number {
  const { level, growthBytesPerSecond = 0 } = demand;
  const availableBytes =
    demand.availableBytes === undefined
      ? (guest.availableBytes ?? 0)
      : demand.availableBytes + (demand.arcAvailableBytes ?? 0);
  const { usedBytes = 0, bareBytes, headroomBytes } = guest;
  const isFailing = availableBytes < Math.max(bareBytes - usedBytes, growthBytesPerSecond);
  return level === "critical" && isFailing ? Math.max(0, headroomBytes - availableBytes) : 0;
}

/** What may be promised to this guest now: who has its fair share already leaves half of the emergency reserve to the others. */
export function spendableFor(
  guest: GuestNeed,
  guests: readonly GuestNeed[],
  ledger: Ledger,
  isCritical: boolean,
): number {
  const { freeBytes, forNeedBytes, forCriticalBytes } = spendable(ledger);
  const needBytes = isCritical ? forCriticalBytes : forNeedBytes;
  if (guest.actualBytes <= guest.facts.limits.shares * fairBytesPerShare(ledger, guests)) return needBytes;
  return Math.max(freeBytes, needBytes - emergencyBytes(ledger) / 2);
}

/** How large the guest shall be: what it asks on top of what it has now; all of it while the budget is roomy. */
export function requestedSize(guest: GuestNeed, demand: GuestDemand, ledger: Ledger): number {
  const { maxBytes, minBytes } = guest.facts.limits;
  const { balloonBytes } = demand;
  const sizeNow = balloonBytes === undefined ? guest.actualBytes : guest.facts.fullBytes - balloonBytes;
  const asked = clamp(Math.ceil((sizeNow + demand.needBytes) / MIB) * MIB, minBytes, maxBytes);
  const roomLeft = ledger.freeBytes - (maxBytes - guest.actualBytes);
  return roomLeft >= ledger.budgetBytes * ROOMY_SHARE ? maxBytes : asked;
}
