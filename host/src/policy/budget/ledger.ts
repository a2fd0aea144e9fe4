/** Memory is promised once: each guest is charged with what it holds, what it was granted and what it may soon draw. */
import { clamp, MIB, sum } from "../../model/bytes.ts";
import type { HostFacts, SizeSetting } from "../../model/host.ts";
import type { LedgerView } from "../../model/plan.ts";
import type { PolicySettings } from "../../model/settings.ts";
import { type PolicyMemory, remembered } from "../memory.ts";
import type { GuestNeed } from "../need/assess.ts";
import { type Savings, savingsOf, uncoveredBytes } from "./savings.ts";
import { residentOrActual, type Stakes, StakesTable, share, total } from "./stakes.ts";

/** One guest's line in the ledger. */
export interface Charge {
  /** What counts against the budget. */
  readonly chargeBytes: number;
  /** What the guest could take without a demand. */
  readonly exposureBytes: number;
}

/** The ledger with a signed balance; `LedgerView`, which is shown, is cut at zero. */
export interface Ledger extends LedgerView {
  /** In the guests' order, until another ledger is kept with the same table of stakes. */
  readonly charges: Pick<Stakes, "chargeBytes" | "exposureBytes">;
  /** budget - reserve - charged; negative when too much has been promised. */
  readonly balanceBytes: number;
  /** Host memory that a grant may still draw on, whatever the budget says. */
  readonly hostSpareBytes: number;
  /** What is charged for what guests might draw. */
  readonly drawBytes: number;
  /** What all guests together could take without a demand, where that is not charged already. */
  readonly exposureBytes: number;
  /** What they could take before memory must be taken from others: the budget less what is charged, as far as the host has it. */
  readonly spareBytes: number;
  /** What guests have for a forecast use and did not touch yet: it must stay free on the host. */
  readonly forecastBytes: number;
  /** KSM's savings that taking could not replace if all of them broke apart. This much is not lent. */
  readonly uncoveredBytes: number;
}

const RESERVE_SHARE = 0.05;
const RESERVE_MIN_BYTES = 64 * MIB;
const RESERVE_MAX_BYTES = 4096 * MIB;
/** A burst that was seen enlarges the reserve by this factor, because the next burst may be a little larger. */
const BURST_FACTOR = 1.25;
/** Bursts enlarge the reserve up to this share of the budget. */
const BURST_RESERVE_SHARE = 0.12;
/** This share of the usual reserve is for the host alone; emergencies may draw on the rest. */
const OWN_SHARE = 0.25;
/** An automatic budget rises by at most this share of the host's memory per second. It falls at once. */
const BUDGET_RISE_PER_SECOND = 0.02;
/** Draws of guests are not quite independent: their joint size is enlarged by this factor. */
const JOINT_DRAW_FACTOR = 1.5;

/**
 * Writes the ledger: memory is promised once.
 * - `strict` accounting charges a guest with all that it may take (the larger of actual and target). Where its process holds more,
 *   that counts: a driver may keep what it reports as given.
 * - `resident` accounting charges a guest with what its process holds, grants in flight, and its part of what all guests could draw
 *   before taking elsewhere works.
 *
 * A page that KSM shares is charged once. A write draws it, so it is exposure like memory that was never touched.
 * `burstBytes` is the largest burst remembered. `mostBytes` is the upper limit of an automatic budget. `breakBytesPerSecond` is
 * how fast KSM's savings were seen to break apart. `table` is that of the ledger before, for a moment's many ledgers.
 */
export function keepLedger(
  host: HostFacts,
  guests: readonly GuestNeed[],
  settings: PolicySettings,
  nowMs: number,
  burstBytes: number,
  mostBytes = Number.POSITIVE_INFINITY,
  breakBytesPerSecond = 0,
  table = new StakesTable(),
): Ledger {
  const savings = savingsOf(host, breakBytesPerSecond);
  const stakes = table.of(guests, savings, settings.accounting, nowMs);
  const drawSumBytes = total(stakes.drawBytes);
  const draws = drawsOf(stakes, drawSumBytes, savings);
  charge(stakes, drawSumBytes, draws);
  const residentBytes = countedBytes(host, stakes, savings);
  // Resident memory counts a shared page in each process; the host holds it once.
  // Strict accounting counts only the guests' memory, so what QEMU holds beside it is subtracted too.
  const besideBytes = settings.accounting === "strict" ? total(stakes.overheadBytes) : 0;
  const sumBytes = host.availableBytes + residentBytes - savings.sharedBytes - besideBytes;
  const autoBytes = Math.max(0, Math.min(sumBytes, mostBytes));
  const budgetBytes = size(settings.budget, host.totalBytes, autoBytes);
  const reserveBytes = size(settings.reserve, host.totalBytes, autoReserve(budgetBytes, burstBytes));
  const chargedBytes = total(stakes.chargeBytes);
  const balanceBytes = budgetBytes - reserveBytes - chargedBytes;
  const hostSpareBytes = host.availableBytes - total(stakes.inFlightBytes);
  const exposureBytes = settings.accounting === "strict" ? 0 : total(stakes.exposureBytes);
  const uncovered = uncoveredBytes(savings, guests);
  return {
    budgetBytes,
    reserveBytes,
    burstBytes,
    chargedBytes,
    charges: { chargeBytes: stakes.chargeBytes, exposureBytes: stakes.exposureBytes },
    balanceBytes,
    hostSpareBytes,
    drawBytes: chargedBytes - total(stakes.firmBytes),
    exposureBytes,
    forecastBytes: total(stakes.forecastBytes),
    // Exposure is compared with this, and exposure already contains the largest surprise.
    spareBytes: Math.max(0, Math.min(budgetBytes - chargedBytes + draws.surpriseBytes, hostSpareBytes)),
    uncoveredBytes: uncovered,
    freeBytes: Math.max(0, Math.min(balanceBytes, hostSpareBytes - reserveBytes) - uncovered),
  };
}

/**
 * Upper limit of an automatic budget now, from the budget of the last decision. The host's memory and the guests' are not read in
 * the same instant. What a guest draws in between is counted twice, as resident and as available. Without this limit the ledger
 * would promise it although it does not exist. `hasNewcomers` is false where all guests are known to be remembered.
 */
export function mostBudgetBytes(
  before: PolicyMemory,
  guests: readonly GuestNeed[],
  { totalBytes }: HostFacts,
  nowMs: number,
  hasNewcomers = true,
): number {
  const { budget } = before;
  if (budget === undefined) return Number.POSITIVE_INFINITY;
  const risenBytes = (totalBytes * BUDGET_RISE_PER_SECOND * Math.max(0, nowMs - budget.atMs)) / 1000;
  const newcomers = hasNewcomers
    ? guests.filter(({ facts }) => remembered(before, facts.name) === undefined)
    : [];
  return budget.bytes + risenBytes + sum(newcomers, residentOrActual);
}

/** The part of the reserve that guests in need may draw on. What was added for bursts is all for them. */
export function emergencyBytes({
  reserveBytes,
  budgetBytes,
}: Pick<LedgerView, "reserveBytes" | "budgetBytes">): number {
  return reserveBytes - OWN_SHARE * Math.min(reserveBytes, usualReserve(budgetBytes));
}

/** Limit for the sum of all targets: their sum now, what is left of the budget and the host, and what is being given back. */
export function capacityBytes(guests: readonly GuestNeed[], ledger: Ledger): number {
  const leftBytes = Math.min(ledger.balanceBytes, ledger.hostSpareBytes - ledger.reserveBytes);
  // A guest that still gives memory up will free what lies between actual and target.
  return sum(guests, ({ actualBytes, targetBytes }) => Math.max(actualBytes, targetBytes)) + leftBytes;
}

/** Whether the host itself is about to run out of memory, whatever the budget says. */
export function isHostShort({ hostSpareBytes, reserveBytes }: Ledger): boolean {
  return hostSpareBytes < reserveBytes / 2;
}

/** The size that a setting means on this host, in bytes. */
export function size(setting: SizeSetting, totalBytes: number, autoBytes: number): number {
  if (setting.kind === "bytes") return setting.bytes;
  if (setting.kind === "percent") return Math.round((totalBytes * setting.percent) / 100);
  return autoBytes;
}

/** A share of the budget, and enough for the largest burst seen. */
function autoReserve(budgetBytes: number, burstBytes: number): number {
  const forBursts = Math.min(burstBytes * BURST_FACTOR, budgetBytes * BURST_RESERVE_SHARE);
  return Math.round(Math.max(usualReserve(budgetBytes), forBursts));
}

function usualReserve(budgetBytes: number): number {
  return clamp(budgetBytes * RESERVE_SHARE, RESERVE_MIN_BYTES, RESERVE_MAX_BYTES);
}

/**
 * What guests have of the host's memory and swap. A guest whose process cannot be seen counts with its whole size. All such guests
 * together count with no more than the host's memory in use that no other guest holds: a size alone is no memory.
 */
function countedBytes(host: HostFacts, stakes: Stakes, { sharedBytes }: Savings): number {
  const unseenBytes = total(stakes.unseenBytes);
  const seenBytes = total(stakes.heldBytes) - unseenBytes;
  if (unseenBytes === 0) return seenBytes;
  const seenResidentBytes = total(stakes.residentBytes);
  const othersBytes = host.totalBytes - host.availableBytes - (seenResidentBytes - sharedBytes);
  return seenBytes + clamp(unseenBytes, 0, Math.max(0, othersBytes));
}

/** What guests together might draw before taking elsewhere has replaced it. */
interface Draws {
  readonly likelyBytes: number;
  /** What one guest takes beyond what is likely, if it bursts as it never did before. */
  readonly surpriseBytes: number;
}

/**
 * Guests rarely burst in the same second; where they did, the reserve is ready for it. So draws add up like independent errors, as
 * the root of the sum of squares. A break-up of shared pages is not independent, since an upgrade writes to them in all guests at
 * once: it is added whole. Both are draws of the same pages: together they are no more than what was never touched and all savings.
 */
function drawsOf(stakes: Stakes, drawSumBytes: number, { breakingBytes, sharedBytes }: Savings): Draws {
  const jointBytes = JOINT_DRAW_FACTOR * Math.sqrt(sum(stakes.drawBytes, (bytes) => bytes ** 2));
  const likelyBytes = Math.min(
    Math.min(jointBytes, drawSumBytes) + breakingBytes,
    untouchedBytes(stakes) + sharedBytes,
  );
  let worstBytes = 0;
  for (const bytes of stakes.surpriseBytes) worstBytes = Math.max(worstBytes, bytes);
  return { likelyBytes, surpriseBytes: Math.max(0, worstBytes - likelyBytes) };
}

/** What guests could take without a demand beyond their grants in flight. */
function untouchedBytes({ exposureBytes, inFlightBytes }: Stakes): number {
  let bytes = 0;
  for (let i = 0; i < exposureBytes.length; i++)
    bytes += Math.max(0, (exposureBytes[i] ?? 0) - (inFlightBytes[i] ?? 0));
  return bytes;
}

/** Charges each guest: what its process holds, grants in flight, and its part of what might be drawn. */
function charge(
  { firmBytes, drawBytes, surpriseBytes, chargeBytes }: Stakes,
  drawSumBytes: number,
  draws: Draws,
): void {
  const likelyShare = share(draws.likelyBytes, drawSumBytes);
  const surpriseShare = share(draws.surpriseBytes, total(surpriseBytes));
  for (let place = 0; place < chargeBytes.length; place++) {
    const drawn = (drawBytes[place] ?? 0) * likelyShare;
    const surprised = (surpriseBytes[place] ?? 0) * surpriseShare;
    chargeBytes[place] = Math.round((firmBytes[place] ?? 0) + drawn + surprised);
  }
}

/** What the guest at this place is charged with. */
export function chargeOf({ charges }: Ledger, place: number): Charge {
  return {
    chargeBytes: charges.chargeBytes[place] ?? 0,
    exposureBytes: charges.exposureBytes[place] ?? 0,
  };
}
