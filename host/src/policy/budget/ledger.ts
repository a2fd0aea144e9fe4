/** Memory is promised once: each guest is charged with what it holds, what it was granted and what it may soon draw. */
import { clamp, GIB, MIB, sum } from "../../model/bytes.ts";
import type { HostFacts, SizeSetting } from "../../model/host.ts";
import type { LedgerView } from "../../model/plan.ts";
import type { PolicySettings } from "../../model/settings.ts";
import { RECLAIM_MS } from "../learn/demand-bursts.ts";
import { GRANT_LIFE_MS, type PolicyMemory, remembered } from "../memory.ts";
import type { GuestNeed } from "../need/assess.ts";
import { type Savings, savingsOf, uncoveredBytes } from "./savings.ts";

/** One guest's line in the ledger. */
export interface Charge {
  /** What counts against the budget. */
  readonly chargeBytes: number;
  /** What the guest could take without a demand. */
  readonly exposureBytes: number;
}

/** The ledger with a signed balance; `LedgerView`, which is shown, is cut at zero. */
export interface Ledger extends LedgerView {
  /** In the guests' order. */
  readonly charges: readonly Charge[];
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
/** A guest is expected to draw at least this when nothing is known of its growth. */
const UNKNOWN_DRAW_BYTES = 64 * MIB;
/** How fast a guest can use new memory where no agent measured it. */
const ASSUMED_TOUCH_BYTES_PER_SECOND = GIB;

/**
 * Writes the ledger: memory is promised once.
 * - `strict` accounting charges a guest with all that it may take (the larger of actual and target). Where its process holds more,
 *   that counts: a driver may keep what it reports as given.
 * - `resident` accounting charges a guest with what its process holds, grants in flight, and its part of what all guests could draw
 *   before taking elsewhere works.
 *
 * A page that KSM shares is charged once. A write draws it, so it is exposure like memory that was never touched.
 * `burstBytes` is the largest burst remembered. `mostBytes` is the upper limit of an automatic budget. `breakBytesPerSecond` is
 * how fast KSM's savings were seen to break apart.
 */
export function keepLedger(
  host: HostFacts,
  guests: readonly GuestNeed[],
  settings: PolicySettings,
  nowMs: number,
  burstBytes: number,
  mostBytes = Number.POSITIVE_INFINITY,
  breakBytesPerSecond = 0,
): Ledger {
  const savings = savingsOf(host, breakBytesPerSecond);
  const stakes = stakesOf(guests, savings, settings.accounting, nowMs);
  const drawSumBytes = total(stakes.drawBytes);
  const draws = drawsOf(stakes, drawSumBytes, savings);
  const charges = chargesOf(stakes, drawSumBytes, draws);
  const residentBytes = countedBytes(host, guests, savings);
  // Resident memory counts a shared page in each process; the host holds it once.
  // Strict accounting counts only the guests' memory, so what QEMU holds beside it is subtracted too.
  const besideBytes = settings.accounting === "strict" ? sum(guests, overheadOf) : 0;
  const sumBytes = host.availableBytes + residentBytes - savings.sharedBytes - besideBytes;
  const autoBytes = Math.max(0, Math.min(sumBytes, mostBytes));
  const budgetBytes = size(settings.budget, host.totalBytes, autoBytes);
  const reserveBytes = size(settings.reserve, host.totalBytes, autoReserve(budgetBytes, burstBytes));
  const chargedBytes = sum(charges, (c) => c.chargeBytes);
  const balanceBytes = budgetBytes - reserveBytes - chargedBytes;
  const hostSpareBytes = host.availableBytes - total(stakes.inFlightBytes);
  const exposureBytes = settings.accounting === "strict" ? 0 : total(stakes.exposureBytes);
  const uncovered = uncoveredBytes(savings, guests);
  return {
    budgetBytes,
    reserveBytes,
    burstBytes,
    chargedBytes,
    charges,
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
function countedBytes(host: HostFacts, guests: readonly GuestNeed[], { sharedBytes }: Savings): number {
  const unseenBytes = sum(guests, (g) => (g.facts.processMemory === undefined ? g.actualBytes : 0));
  const seenBytes = sum(guests, residentOrActual) - unseenBytes;
  if (unseenBytes === 0) return seenBytes;
  const seenResidentBytes = sum(guests, (g) => g.facts.processMemory?.residentBytes ?? 0);
  const othersBytes = host.totalBytes - host.availableBytes - (seenResidentBytes - sharedBytes);
  return seenBytes + clamp(unseenBytes, 0, Math.max(0, othersBytes));
}

function overheadOf({ facts, memory }: GuestNeed): number {
  return facts.processMemory === undefined ? 0 : memory.overheadBytes;
}

function residentOrActual(guest: GuestNeed): number {
  const { processMemory } = guest.facts;
  return processMemory === undefined
    ? guest.actualBytes
    : processMemory.residentBytes + processMemory.swappedBytes;
}

/** All guests' amounts for the ledger, a column of numbers for each: a demand needs them all, and thousands of small objects would take several times as long. */
interface Stakes {
  readonly firmBytes: Float64Array;
  readonly exposureBytes: Float64Array;
  readonly inFlightBytes: Float64Array;
  /** What a guest might take on top of its grants before taking elsewhere has replaced it. */
  readonly drawBytes: Float64Array;
  /** The same if it drew as fast as its hardware lets it. */
  readonly surpriseBytes: Float64Array;
  /** The part of its exposure that it has for a forecast use. */
  readonly forecastBytes: Float64Array;
}

function stakesOf(
  guests: readonly GuestNeed[],
  savings: Savings,
  accounting: PolicySettings["accounting"],
  nowMs: number,
): Stakes {
  const column = () => new Float64Array(guests.length);
  const stakes: Stakes = {
    firmBytes: column(),
    exposureBytes: column(),
    inFlightBytes: column(),
    drawBytes: column(),
    surpriseBytes: column(),
    forecastBytes: column(),
  };
  const merged = mergedOf(guests, savings);
  guests.forEach((guest, place) => {
    fillIn(stakes, place, guest, merged, accounting, nowMs);
  });
  return stakes;
}

/** Guests' parts of what KSM shares: in proportion to their resident memory. */
interface Merged {
  /** Copies that KSM saves, for each resident byte. */
  readonly savedShare: number;
  /** Shared pages that a guest maps, for each of its resident bytes. */
  readonly mappedShare: number;
  /** No guest draws more than this by writing to them. */
  readonly mostBytes: number;
}

function mergedOf(guests: readonly GuestNeed[], { sharedBytes, mappedBytes }: Savings): Merged {
  if (sharedBytes === 0) return { savedShare: 0, mappedShare: 0, mostBytes: 0 };
  const residentBytes = sum(guests, ({ facts }) => facts.processMemory?.residentBytes ?? 0);
  const ofBytes = Math.max(sharedBytes, residentBytes);
  return { savedShare: sharedBytes / ofBytes, mappedShare: mappedBytes / ofBytes, mostBytes: sharedBytes };
}

/** Fills in the stakes of the guest at this place. */
function fillIn(
  stakes: Stakes,
  place: number,
  guest: GuestNeed,
  merged: Merged,
  accounting: PolicySettings["accounting"],
  nowMs: number,
): void {
  const guestResidentBytes =
    guest.facts.processMemory === undefined ? 0 : residentOrActual(guest) - guest.memory.overheadBytes;
  const mayTakeBytes = Math.max(guest.actualBytes, guest.targetBytes);
  const grantBytes = inFlight(guest, nowMs);
  if (accounting === "strict" || guest.facts.processMemory === undefined) {
    const exposureBytes = Math.max(0, mayTakeBytes - residentOrActual(guest));
    stakes.exposureBytes[place] = exposureBytes;
    stakes.inFlightBytes[place] =
      guest.facts.processMemory === undefined ? grantBytes : Math.min(exposureBytes, grantBytes);
    // All that it has is charged already, touched or not.
    stakes.firmBytes[place] = Math.max(mayTakeBytes, guestResidentBytes);
    return;
  }
  const residentBytes = residentOrActual(guest);
  const exposureBytes = Math.max(0, mayTakeBytes + guest.memory.overheadBytes - residentBytes);
  const inFlightBytes = Math.min(exposureBytes, grantBytes);
  // A guest draws by touching what it never touched, and by writing to pages that it shares.
  const ownBytes = guest.facts.processMemory.residentBytes;
  const drawableBytes = exposureBytes + Math.min(merged.mostBytes, ownBytes * merged.mappedShare);
  const drawBytes = Math.max(0, Math.min(drawableBytes, expectedDraw(guest)) - inFlightBytes);
  stakes.exposureBytes[place] = exposureBytes;
  stakes.inFlightBytes[place] = inFlightBytes;
  stakes.drawBytes[place] = drawBytes;
  stakes.surpriseBytes[place] = Math.max(
    drawBytes,
    Math.min(drawableBytes, fastestDraw(guest)) - inFlightBytes,
  );
  stakes.firmBytes[place] = residentBytes - ownBytes * merged.savedShare + inFlightBytes;
  stakes.forecastBytes[place] = Math.min(exposureBytes, guest.comingBytes);
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

/** Each guest's charge: what its process holds, grants in flight, and its part of what might be drawn. */
function chargesOf(
  stakes: Stakes,
  drawSumBytes: number,
  { likelyBytes, surpriseBytes: surprise }: Draws,
): Charge[] {
  const { firmBytes, exposureBytes, drawBytes, surpriseBytes } = stakes;
  const likelyShare = share(likelyBytes, drawSumBytes);
  const surpriseShare = share(surprise, total(surpriseBytes));
  const charges: Charge[] = [];
  for (let i = 0; i < firmBytes.length; i++) {
    const drawn = (drawBytes[i] ?? 0) * likelyShare;
    const surprised = (surpriseBytes[i] ?? 0) * surpriseShare;
    const chargeBytes = Math.round((firmBytes[i] ?? 0) + drawn + surprised);
    charges.push({ chargeBytes, exposureBytes: exposureBytes[i] ?? 0 });
  }
  return charges;
}

function total(column: Float64Array): number {
  let bytes = 0;
  for (let i = 0; i < column.length; i++) bytes += column[i] ?? 0;
  return bytes;
}

function share(bytes: number, ofBytes: number): number {
  return ofBytes > 0 ? bytes / ofBytes : 0;
}

/** What the guest might take before taking elsewhere has replaced it, from its growth so far. */
function expectedDraw({ memory: { growth } }: GuestNeed): number {
  const fastest = Math.max(growth.usePeakBytesPerSecond, growth.residentPeakBytesPerSecond);
  return Math.max(UNKNOWN_DRAW_BYTES, (fastest * RECLAIM_MS) / 1000);
}

/** The same if it used its memory as fast as it can. */
function fastestDraw({ facts }: GuestNeed): number {
  return ((facts.report?.touchBytesPerSecond ?? ASSUMED_TOUCH_BYTES_PER_SECOND) * RECLAIM_MS) / 1000;
}

/** Bytes that were granted lately and perhaps not drawn yet. */
export function inFlight(guest: GuestNeed, nowMs: number): number {
  const grant = guest.memory.grant;
  return grant === undefined || nowMs - grant.atMs > GRANT_LIFE_MS ? 0 : grant.bytes;
}
