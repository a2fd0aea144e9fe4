/** In a shortage a demand is granted only as far as the guest can be believed, or as far as it is failing. */
import { clamp, MIB } from "../../model/bytes.ts";
import type { GuestDemand } from "../../model/guest.ts";
import { fairBytesPerShare } from "../budget/fair-share.ts";
import { emergencyBytes, type Ledger } from "../budget/ledger.ts";
import { spendable } from "../budget/spendable.ts";
import { mustWaitToTurn } from "../learn/turns.ts";
import { isVain } from "../learn/vain-demand.ts";
import type { GuestNeed } from "../need/assess.ts";
import { unusedBytes, wasContradicted } from "../need/belief.ts";
import { isGrowing } from "../need/unseen-growth.ts";
import { ROOMY_SHARE } from "../thresholds.ts";

/** In a shortage a guest may get this much more than it has touched. The larger of the two counts. */
const ALLOWANCE_BYTES = 256 * MIB;
/** The same as a share of the guest's maximum. */
const ALLOWANCE_SHARE = 0.15;
/** This part of that for a guest above its fair share: what it gets, others with less could need. */
const RICH_SHARE = 0.5;
/** After a doubted report the next one is doubted for this long, since it cannot be checked yet. */
const DOUBT_MS = 60_000;
/** A younger guest cannot be checked: its balloon driver has not answered twice. */
const UNKNOWN_MS = 5_000;

/**
 * What a guest may be given because it demands it, in bytes. While there is enough, it is all of the guest's memory. In a shortage two
 * limits hold, because an honest guest demands when little is left and a hoarder demands whatever it has:
 * - no more than an allowance beyond what the guest has touched;
 * - no more than its fair share or what it is seen to need, whichever is larger.
 *
 * A guest that lacks `failing` bytes gets them up to its fair share, and beyond it where the host sees it grow: memory may be in
 * use that was never touched.
 *
 * A guest that demands in vain, or whose balloon turned too often, gets up to its fair share, and beyond it only what the host sees that
 * it lacks. The allowance holds for it even while there is enough.
 */
export function creditBytes(
  guest: GuestNeed,
  guests: readonly GuestNeed[],
  ledger: Ledger,
  failing: number,
  nowMs: number,
): number {
  const { facts, memory, actualBytes } = guest;
  const { maxBytes, shares } = facts.limits;
  const isDamped = isVain(memory, nowMs) || mustWaitToTurn(memory, "up", nowMs);
  if (!isDamped && ledger.freeBytes >= maxBytes - actualBytes) return maxBytes;
  const hasBytes = Math.max(guest.targetBytes, guest.actualBytes);
  const fairBytes = shares * fairBytesPerShare(ledger, guests);
  const allowanceBytes = allowance(guest, hasBytes < fairBytes);
  const dueBytes = isDamped ? fairBytes : Math.max(fairBytes, guest.seenFloorBytes + allowanceBytes);
  const unused = unusedBytes(facts, hasBytes, memory.overheadBytes);
  const isLiar = guest.contradicted || wasContradicted(memory, nowMs);
  const seenBytes = isDamped ? seenFailingBytes(guest, unused) : maxBytes;
  const vitalBytes = Math.max(fairBytes - hasBytes, isGrowing(memory, nowMs) ? seenBytes : 0);
  return Math.max(
    0,
    Math.min(allowanceBytes - unused, dueBytes - hasBytes),
    isLiar ? 0 : Math.min(failing, vitalBytes),
  );
}

/** What a growing guest lacks as far as the host sees it: room to grow as fast as it was seen to, less what it has and never touched. */
function seenFailingBytes({ headroomBytes, unseenGrowth }: GuestNeed, unused: number): number {
  return headroomBytes - unseenGrowth.headroomBytes - unused;
}

/** Above its fair share a guest may get half of the usual share of its maximum, or room to grow as fast as the host saw. */
function allowance({ facts, headroomBytes, unseenGrowth }: GuestNeed, isBelowFairShare: boolean): number {
  const usualBytes = facts.limits.maxBytes * ALLOWANCE_SHARE;
  const seenBytes = Math.max(headroomBytes - unseenGrowth.headroomBytes, usualBytes * RICH_SHARE);
  return Math.max(ALLOWANCE_BYTES, isBelowFairShare ? usualBytes : Math.min(usualBytes, seenBytes));
}

/** Whether nothing that was seen lately contradicts the guest. */
export function isCredible({ doubtedBytes, facts, memory }: GuestNeed, nowMs: number): boolean {
  if (nowMs - facts.bootSeenAtMs < UNKNOWN_MS) return false;
  return doubtedBytes === 0 && nowMs - (memory.doubtedAtMs ?? Number.NEGATIVE_INFINITY) >= DOUBT_MS;
}

/**
 * What a guest that is about to fail must have at once, in bytes: its headroom. What it demands beyond that can wait. A guest that
 * has enough left to demand in time is not about to fail, whatever it says.
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

/** What may be promised to this guest now. A guest that has its fair share already leaves half of the emergency reserve to others. */
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

/** The size that a demand requests: what it needs on top of what the guest has now. While the budget is roomy, the maximum. */
export function requestedSize(guest: GuestNeed, demand: GuestDemand, ledger: Ledger): number {
  const { maxBytes, minBytes } = guest.facts.limits;
  const { balloonBytes } = demand;
  const sizeNow = balloonBytes === undefined ? guest.actualBytes : guest.facts.fullBytes - balloonBytes;
  const requested = clamp(Math.ceil((sizeNow + demand.needBytes) / MIB) * MIB, minBytes, maxBytes);
  const leftBytes = ledger.freeBytes - (maxBytes - guest.actualBytes);
  return leftBytes >= ledger.budgetBytes * ROOMY_SHARE ? maxBytes : requested;
}
