import { clamp, sum } from "../../model/bytes.ts";
import type { HostFacts } from "../../model/host.ts";
import { capacityBytes, emergencyBytes, type Ledger } from "../budget/ledger.ts";
import type { GuestNeed } from "../need/assess.ts";
import {
  EXPOSURE_GIVE_FACTOR,
  EXPOSURE_TAKE_FACTOR,
  GIVE_MARGIN,
  PSI_TIGHT,
  TAKE_MARGIN,
} from "../thresholds.ts";
import { distribute, type Participant } from "./distribute.ts";
import type { Protection, TakingScene } from "./protection.ts";

/** Share of all targets that is to be freed when the host stalls on memory, by how badly. */
const STALL_SHARE = 0.03;

/**
 * Shares memory out twice, once with a wider and once with a narrower margin left free: between the two lies the band in which
 * nothing moves, so that giving does not provoke taking. What all targets may add up to follows from the ledger: today's sum
 * plus the balance plus what is on its way back. `protections` says from whom nothing may be taken now.
 */
export function entitlementsOf(
  host: HostFacts,
  guests: readonly GuestNeed[],
  ledger: Ledger,
  scene: TakingScene,
  protections: readonly (Protection | undefined)[],
): Entitlement[] {
  const { regime } = scene;
  const participants = guests.map((guest, i) => participant(guest, scene, protections[i] !== undefined));
  const targets = sum(guests, (guest) => guest.targetBytes);
  const capacity = capacityBytes(guests, ledger);
  const stalled = (host.psiSomeAvg10 ?? 0) >= PSI_TIGHT;
  // Whatever is free: guests may not have more to take unasked than could be reclaimed in time.
  const unexposed = targets - ledger.exposureBytes;
  const takeFrom =
    regime === "critical"
      ? capacityInNeed(participants, capacity, ledger)
      : Math.min(
          capacity - ledger.budgetBytes * TAKE_MARGIN,
          unexposed + ledger.spareBytes * EXPOSURE_TAKE_FACTOR,
        );
  const giveFrom = Math.min(
    capacity - ledger.budgetBytes * GIVE_MARGIN,
    unexposed + ledger.spareBytes * EXPOSURE_GIVE_FACTOR,
  );
  const give = distribute(participants, stalled ? Math.min(targets, giveFrom) : giveFrom);
  const take = distribute(participants, stalled ? Math.min(takeFrom, targets * (1 - STALL_SHARE)) : takeFrom);
  return guests.map(({ targetBytes }, i) => ({
    giveBytes: give[i] ?? targetBytes,
    takeBytes: take[i] ?? targetBytes,
  }));
}

/**
 * In the worst case only the debt itself justifies going below a guest's need; and what the emergency reserve was drawn on for is
 * no debt: it went to somebody's need.
 */
function capacityInNeed(participants: readonly Participant[], capacityBytes: number, ledger: Ledger): number {
  const floorsBytes = sum(participants, (claim) => Math.max(claim.minBytes, claim.floorBytes));
  if (capacityBytes >= floorsBytes) return capacityBytes;
  return Math.min(floorsBytes, capacityBytes + emergencyBytes(ledger));
}

/** A guest that cannot be taken from now takes part with what it has as its least. */
function participant(guest: GuestNeed, scene: TakingScene, isProtected: boolean): Participant {
  const { limits, manual, otherController } = guest.facts;
  if (limits.shares === 0 || manual !== undefined || otherController !== undefined)
    return fixed(guest.targetBytes);
  // Room to grow beyond the fair share does not come before others' caches within theirs.
  const fairBytes = limits.shares * scene.fairBytesPerShare;
  // A doubted word has no part here, or others would be taken from for it: it bounds only the moves of its own guest.
  const minBytes = isProtected ? clamp(guest.targetBytes, limits.minBytes, limits.maxBytes) : limits.minBytes;
  // Nor does anything of one that participants more than can be seen.
  const mostBytes = guest.doubtedBytes > 0 ? fairBytes : Number.POSITIVE_INFINITY;
  const bareBytes = Math.min(guest.bareBytes, mostBytes);
  return {
    shares: limits.shares,
    minBytes,
    bareBytes: Math.max(minBytes, bareBytes),
    vitalBytes: Math.max(minBytes, bareBytes, Math.min(guest.vitalBytes, fairBytes)),
    floorBytes: Math.max(minBytes, Math.min(guest.floorBytes, mostBytes)),
    wantBytes: Math.max(minBytes, guest.wantBytes),
    maxBytes: limits.maxBytes,
  };
}

function fixed(bytes: number): Participant {
  return {
    shares: 1,
    minBytes: bytes,
    bareBytes: bytes,
    vitalBytes: bytes,
    floorBytes: bytes,
    wantBytes: bytes,
    maxBytes: bytes,
  };
}

/** The distribution's word on one guest: between the two nothing moves. */
export interface Entitlement {
  /** Give up to here. */
  readonly giveBytes: number;
  /** Take down to here. */
  readonly takeBytes: number;
}
