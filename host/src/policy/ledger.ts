import { clamp, MIB, sum } from "../model/bytes.ts";
import type { HostFacts, SizeSetting } from "../model/host.ts";
import type { Ledger } from "../model/plan.ts";
import type { PolicySettings } from "../model/settings.ts";
import type { Assessment } from "./assess.ts";
import { RECLAIM_MS } from "./bursts.ts";

/** One guest's line in the books. */
export interface Charge {
  readonly name: string;
  /** What counts against the budget. */
  readonly chargeBytes: number;
  /** What the guest could take without asking. */
  readonly exposureBytes: number;
}

/** The books with their signed balance, before it is cut at zero for show. */
export interface Books extends Ledger {
  readonly charges: ReadonlyMap<string, Charge>;
  /** budget - reserve - charged; negative when too much has been promised. */
  readonly balanceBytes: number;
  /** Host memory that a grant may still draw on, whatever the budget says. */
  readonly hostRoomBytes: number;
  /** The part of it that may be lent: what KSM saves can break apart, so it is not lent a second time. */
  readonly lendableBytes: number;
}

const RESERVE_SHARE = 0.05;
const RESERVE_MIN_BYTES = 64 * MIB;
const RESERVE_MAX_BYTES = 4096 * MIB;
/** Bursts seen make the reserve larger, up to this share of the budget: the next may be a little larger. */
const BURST_FACTOR = 1.25;
const BURST_RESERVE_SHARE = 0.12;
/** Emergencies may draw on this share of the reserve; the rest is the host's own. */
const EMERGENCY_SHARE = 0.75;
/** A guest is expected to draw at least this when nothing is known of its growth. */
const UNKNOWN_DRAW_BYTES = 64 * MIB;
/** A grant that was not drawn by then was not needed. */
export const GRANT_LIFE_MS = 10_000;

/**
 * Writes the books: memory is promised once. Under `strict` accounting a guest counts with all it may take
 * (max of actual and target). Under `resident` it counts with what its process holds, plus the part of its exposure that it
 * could draw before taking elsewhere works, plus grants that are in flight. `burstBytes` is the largest burst remembered.
 */
export function keepBooks(
  host: HostFacts,
  guests: readonly Assessment[],
  settings: PolicySettings,
  nowMs: number,
  burstBytes: number,
): Books {
  const charges = new Map<string, Charge>();
  for (const guest of guests) charges.set(guest.facts.name, charge(guest, settings.accounting, nowMs));
  const heldBytes = sum(guests, heldOrActual);
  const sharedBytes = host.ksm?.savedBytes ?? 0;
  // Resident memory counts a shared page in each process, so savings must come off the sum.
  const autoBytes = Math.max(0, host.availableBytes + heldBytes - sharedBytes);
  const budgetBytes = size(settings.budget, host.totalBytes, autoBytes);
  const reserveBytes = size(settings.reserve, host.totalBytes, autoReserve(budgetBytes, burstBytes));
  const chargedBytes = sum(charges.values(), (c) => c.chargeBytes);
  const balanceBytes = budgetBytes - reserveBytes - chargedBytes;
  const hostRoomBytes = host.availableBytes - sum(guests, (guest) => inFlight(guest, nowMs));
  return {
    budgetBytes,
    reserveBytes,
    burstBytes,
    chargedBytes,
    charges,
    balanceBytes,
    hostRoomBytes,
    lendableBytes: hostRoomBytes - sharedBytes,
    freeBytes: Math.max(0, Math.min(balanceBytes, hostRoomBytes - sharedBytes - reserveBytes)),
  };
}

/** The part of the reserve that guests in need may draw on. */
export function emergencyBytes(books: Pick<Ledger, "reserveBytes">): number {
  return books.reserveBytes * EMERGENCY_SHARE;
}

/** The size that a setting means on this host. */
export function size(setting: SizeSetting, totalBytes: number, autoBytes: number): number {
  if (setting.kind === "bytes") return setting.bytes;
  if (setting.kind === "percent") return Math.round((totalBytes * setting.percent) / 100);
  return autoBytes;
}

/** A share of the budget, and enough for the largest burst seen. */
function autoReserve(budgetBytes: number, burstBytes: number): number {
  const usual = clamp(budgetBytes * RESERVE_SHARE, RESERVE_MIN_BYTES, RESERVE_MAX_BYTES);
  const forBursts = Math.min(burstBytes * BURST_FACTOR, budgetBytes * BURST_RESERVE_SHARE);
  return Math.round(Math.max(usual, forBursts));
}

function heldOrActual(guest: Assessment): number {
  const held = guest.facts.held;
  return held === undefined ? guest.actualBytes : held.residentBytes + held.swappedBytes;
}

function charge(guest: Assessment, accounting: PolicySettings["accounting"], nowMs: number): Charge {
  const name = guest.facts.name;
  const mayTakeBytes = Math.max(guest.actualBytes, guest.targetBytes);
  if (accounting === "strict" || guest.facts.held === undefined) {
    return {
      name,
      chargeBytes: mayTakeBytes,
      exposureBytes: Math.max(0, mayTakeBytes - heldOrActual(guest)),
    };
  }
  const heldBytes = heldOrActual(guest);
  const exposureBytes = Math.max(0, mayTakeBytes + guest.memory.overheadBytes - heldBytes);
  const draw = Math.max(expectedDraw(guest), inFlight(guest, nowMs));
  return { name, chargeBytes: heldBytes + Math.round(Math.min(exposureBytes, draw)), exposureBytes };
}

/** What the guest might take before taking elsewhere has made up for it. */
function expectedDraw(guest: Assessment): number {
  return Math.max(UNKNOWN_DRAW_BYTES, (guest.memory.growth.peakBytesPerSecond * RECLAIM_MS) / 1000);
}

/** Granted lately and perhaps not drawn yet. */
export function inFlight(guest: Assessment, nowMs: number): number {
  const grant = guest.memory.grant;
  return grant === undefined || nowMs - grant.atMs > GRANT_LIFE_MS ? 0 : grant.bytes;
}
