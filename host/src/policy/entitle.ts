import { clamp, sum } from "../model/bytes.ts";
import type { HostFacts } from "../model/host.ts";
import type { Assessment } from "./assess.ts";
import { type Claim, distribute } from "./distribute.ts";
import { GIVE_MARGIN } from "./fund.ts";
import type { Hold, TakingScene } from "./holds.ts";
import { type Books, emergencyBytes } from "./ledger.ts";
import type { Entitlement } from "./motion.ts";
import { EXPOSURE_TAKE_FACTOR, PSI_TIGHT } from "./regime.ts";

/** Memory is taken while less than this share of the budget stays unpromised. */
const TAKE_MARGIN = 0.1;
/** Memory is given back while guests could take less than so many times what there is. */
const EXPOSURE_GIVE_FACTOR = 1.75;
/** Share of all targets that is to be freed when the host stalls on memory, by how badly. */
const STALL_SHARE = 0.03;

/**
 * Shares memory out twice, once with a wider and once with a narrower margin left free: between the two lies the band in which
 * nothing moves, so that giving does not provoke taking. What all targets may add up to follows from the books: today's sum
 * plus the balance plus what is on its way back. `holds` says from whom nothing may be taken now.
 */
export function entitle(
  host: HostFacts,
  guests: readonly Assessment[],
  books: Books,
  scene: TakingScene,
  holds: readonly (Hold | undefined)[],
): Entitlement[] {
  const { regime } = scene;
  const claims = guests.map((guest, i) => claim(guest, scene, holds[i] !== undefined));
  const targets = sum(guests, (guest) => guest.targetBytes);
  const returning = sum(guests, (guest) => Math.max(0, guest.actualBytes - guest.targetBytes));
  const balance = Math.min(books.balanceBytes, books.hostRoomBytes - books.reserveBytes) + returning;
  const stalled = (host.psiSomeAvg10 ?? 0) >= PSI_TIGHT;
  // Whatever is free: guests may not have more to take unasked than could be reclaimed in time.
  const unexposed = targets - books.exposureBytes;
  const takeFrom =
    regime === "critical"
      ? capacityInNeed(claims, targets + balance, books)
      : Math.min(
          targets + balance - books.budgetBytes * TAKE_MARGIN,
          unexposed + books.roomBytes * EXPOSURE_TAKE_FACTOR,
        );
  const giveFrom = Math.min(
    targets + balance - books.budgetBytes * GIVE_MARGIN,
    unexposed + books.roomBytes * EXPOSURE_GIVE_FACTOR,
  );
  const give = distribute(claims, stalled ? Math.min(targets, giveFrom) : giveFrom);
  const take = distribute(claims, stalled ? Math.min(takeFrom, targets * (1 - STALL_SHARE)) : takeFrom);
  return guests.map(({ targetBytes }, i) => ({
    giveBytes: give[i] ?? targetBytes,
    takeBytes: take[i] ?? targetBytes,
  }));
}

/**
 * In the worst case only the debt itself justifies going below a guest's need; and what the emergency reserve was drawn on for is
 * no debt: it went to somebody's need.
 */
function capacityInNeed(claims: readonly Claim[], capacityBytes: number, books: Books): number {
  const floorsBytes = sum(claims, (claim) => Math.max(claim.minBytes, claim.floorBytes));
  if (capacityBytes >= floorsBytes) return capacityBytes;
  return Math.min(floorsBytes, capacityBytes + emergencyBytes(books));
}

/** A guest that cannot be taken from now takes part with what it has as its least. */
function claim(guest: Assessment, scene: TakingScene, held: boolean): Claim {
  const { limits, manual } = guest.facts;
  if (limits.shares === 0 || manual !== undefined) return fixed(guest.targetBytes);
  // Room to grow beyond the fair share does not come before others' caches within theirs.
  const fairBytes = limits.shares * scene.fairBytesPerShare;
  const minBytes = held ? clamp(guest.targetBytes, limits.minBytes, limits.maxBytes) : limits.minBytes;
  // Nor does anything of one that claims more than can be seen.
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

function fixed(bytes: number): Claim {
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
