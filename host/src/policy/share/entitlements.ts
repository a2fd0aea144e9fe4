/** Memory is shared out twice, with a wide and a narrow margin; between the two results nothing moves. */
import { clamp, sum } from "../../model/bytes.ts";
import type { HostFacts } from "../../model/host.ts";
import { capacityBytes, emergencyBytes, type Ledger } from "../budget/ledger.ts";
import type { GuestNeed } from "../need/assess.ts";
import { undriven } from "../need/undriven.ts";
import {
  EXPOSURE_GIVE_FACTOR,
  EXPOSURE_TAKE_FACTOR,
  GIVE_MARGIN,
  PSI_TIGHT,
  TAKE_MARGIN,
} from "../thresholds.ts";
import { distribute, type Participant } from "./distribute.ts";
import type { Protection, TakingScene } from "./protection.ts";

/** Share of all targets that is to be freed while the host stalls on memory. */
const STALL_SHARE = 0.03;

/**
 * What each guest is entitled to. Memory is shared out once with a wide margin left free, for giving, and once with a narrow margin,
 * for taking. So giving does not provoke taking. `protections` tells from which guests nothing may be taken now.
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
  // However much is free: guests must not be able to draw more than could be taken elsewhere in time.
  const unexposed = targets - ledger.exposureBytes + ledger.forecastBytes;
  // A forecast use comes as a whole, in all its guests at once: unlike other exposure it is covered whole.
  const coveredBytes = capacity - ledger.forecastBytes;
  const spareBytes = Math.max(0, ledger.spareBytes - ledger.forecastBytes);
  const takeFrom =
    regime === "critical"
      ? capacityInNeed(participants, capacity, ledger)
      : Math.min(
          coveredBytes - ledger.budgetBytes * TAKE_MARGIN,
          unexposed + spareBytes * EXPOSURE_TAKE_FACTOR,
        );
  const giveFrom = Math.min(
    coveredBytes - ledger.budgetBytes * GIVE_MARGIN,
    unexposed + spareBytes * EXPOSURE_GIVE_FACTOR,
  );
  const give = distribute(participants, stalled ? Math.min(targets, giveFrom) : giveFrom);
  const take = distribute(participants, stalled ? Math.min(takeFrom, targets * (1 - STALL_SHARE)) : takeFrom);
  return guests.map(({ targetBytes }, i) => ({
    giveBytes: give[i] ?? targetBytes,
    takeBytes: take[i] ?? targetBytes,
  }));
}

/**
 * The capacity in `critical`. Guests go below their floors only as far as there is a debt. What was drawn from the emergency reserve
 * is not a debt: a guest in need got it.
 */
function capacityInNeed(participants: readonly Participant[], capacityBytes: number, ledger: Ledger): number {
  const floorsBytes = sum(participants, ({ minBytes, floorBytes }) => Math.max(minBytes, floorBytes));
  if (capacityBytes >= floorsBytes) return capacityBytes;
  return Math.min(floorsBytes, capacityBytes + emergencyBytes(ledger));
}

/** One guest as a participant. From a protected guest nothing is taken, so what it has is its minimum. */
function participant(guest: GuestNeed, scene: TakingScene, isProtected: boolean): Participant {
  const { limits, manual } = guest.facts;
  if (manual !== undefined || undriven(guest.facts) !== undefined) return fixed(guest.targetBytes);
  // Headroom beyond the fair share does not come before other guests' caches within theirs.
  const fairBytes = limits.shares * scene.fairBytesPerShare;
  // Doubted use does not count here: memory would be taken from others for it. It only limits taking from its own guest.
  const minBytes = isProtected ? clamp(guest.targetBytes, limits.minBytes, limits.maxBytes) : limits.minBytes;
  // Nothing of a doubted guest beyond its fair share comes before others' needs.
  const mostBytes = guest.doubtedBytes > 0 ? fairBytes : Number.POSITIVE_INFINITY;
  const heldBytes = Math.max(fairBytes, guest.bareBytes - unheldBytes(guest));
  const bareBytes = Math.min(guest.bareBytes, mostBytes, heldBytes);
  return {
    shares: limits.shares,
    minBytes,
    bareBytes: Math.max(minBytes, bareBytes),
    workingBytes: Math.max(minBytes, bareBytes, Math.min(workingBytes(guest), fairBytes, mostBytes)),
    vitalBytes: Math.max(minBytes, bareBytes, Math.min(guest.vitalBytes, fairBytes)),
    floorBytes: Math.max(minBytes, Math.min(guest.floorBytes, mostBytes)),
    wantBytes: Math.max(minBytes, guest.wantBytes),
    maxBytes: limits.maxBytes,
  };
}

/** What it uses at this moment and its hot cache. What it loses of that it reads again at once; headroom costs it nothing until it grows. */
function workingBytes({ bareBytes, hotCacheBytes, floorBytes }: GuestNeed): number {
  return Math.min(bareBytes + hotCacheBytes, floorBytes);
}

/** The part of the believed use that the guest's process does not hold. Beyond the fair share it is no use at this moment. */
function unheldBytes({ facts: { processMemory }, usedBytes = 0 }: GuestNeed): number {
  if (processMemory === undefined) return 0;
  return Math.max(0, usedBytes - processMemory.residentBytes - processMemory.swappedBytes);
}

function fixed(bytes: number): Participant {
  return {
    shares: 1,
    minBytes: bytes,
    bareBytes: bytes,
    workingBytes: bytes,
    vitalBytes: bytes,
    floorBytes: bytes,
    wantBytes: bytes,
    maxBytes: bytes,
  };
}

/** The result for one guest: between the two sizes nothing moves. */
export interface Entitlement {
  /** Give up to here. */
  readonly giveBytes: number;
  /** Take down to here. */
  readonly takeBytes: number;
}
