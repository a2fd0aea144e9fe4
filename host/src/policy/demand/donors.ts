/** A demand takes from the guests with most idle memory for each share, down to their floors; below them only for a failing guest. */
import { MIB, sum } from "../../model/bytes.ts";
import type { Move } from "../../model/plan.ts";
import type { GuestNeed } from "../need/assess.ts";
import { undriven } from "../need/undriven.ts";
import { reasonOf } from "../reason.ts";
import { protectionFromTaking, type TakingScene } from "../share/protection.ts";
import { saidLeastBytes } from "../share/said-least.ts";

/** Donors together have this many times what is missing, so that each gives a part of its idle memory. */
const SPREAD_FACTOR = 2;
/** Fewer donors would each lose much of their idle memory. */
const LEAST_DONORS = 4;
/** A demand must not move every balloon of a large host. */
const MOST_DONORS = 16;

/**
 * Takes from the guests that have most above their floors for each share, down to the floors. Where that is not enough for a guest
 * that is about to fail, it takes down to what the others use: their headroom is worth less than what this guest uses now. This is
 * done for no more than the guest must have at once. For a guest that is doubted, floors within a fair share stay whole.
 */
export function donate(
  demanding: GuestNeed,
  guests: readonly GuestNeed[],
  missingBytes: number,
  failing: FailingNeed,
  scene: TakingScene,
): Move[] {
  const eligible = guests
    .filter(({ facts }) => facts.name !== demanding.facts.name && facts.manual === undefined)
    .filter(({ facts }) => undriven(facts) === undefined)
    .filter((g) => protectionFromTaking(g, scene) === undefined);
  const idle = takeFrom(eligible, missingBytes, (guest) =>
    Math.max(guest.floorBytes, saidLeastBytes(guest, guest.headroomBytes, scene)),
  );
  const foundBytes = sum(idle, ({ fromBytes, toBytes }) => fromBytes - toBytes);
  const failingBytes = Math.min(missingBytes, failing.bytes);
  if (foundBytes >= failingBytes) return idle;
  return takeFrom(eligible, failingBytes, (guest) => {
    const dueBytes = failing.isCredible ? 0 : guest.facts.limits.shares * scene.fairBytesPerShare;
    const leastBytes = Math.min(guest.floorBytes, Math.max(guest.bareBytes, dueBytes));
    return Math.max(leastBytes, saidLeastBytes(guest, guest.headroomBytes, scene));
  });
}

/** What a guest that is about to fail must have beyond what it was granted, and whether it is believed. */
export interface FailingNeed {
  readonly bytes: number;
  readonly isCredible: boolean;
}

interface Donor {
  readonly guest: GuestNeed;
  readonly idleBytes: number;
}

/** The guests with most idle memory for each share, as many as are needed. */
function largestDonors(donors: readonly Donor[], missingBytes: number): Donor[] {
  const perShare = ({ guest, idleBytes }: Donor) => idleBytes / guest.facts.limits.shares;
  const ordered = [...donors].sort((a, b) => perShare(b) - perShare(a));
  let foundBytes = 0;
  const count = ordered.findIndex(({ idleBytes }, i) => {
    foundBytes += idleBytes;
    return foundBytes >= missingBytes * SPREAD_FACTOR && i + 1 >= LEAST_DONORS;
  });
  return count < 0 ? ordered.slice(0, MOST_DONORS) : ordered.slice(0, Math.min(count + 1, MOST_DONORS));
}

function takeFrom(
  eligible: readonly GuestNeed[],
  missingBytes: number,
  least: (guest: GuestNeed) => number,
): Move[] {
  const donors = largestDonors(
    eligible
      .map((guest) => ({ guest, idleBytes: guest.targetBytes - least(guest) }))
      .filter(({ idleBytes }) => idleBytes >= MIB),
    missingBytes,
  );
  const weight = sum(donors, ({ guest, idleBytes }) => idleBytes / guest.facts.limits.shares);
  return donors.map(({ guest, idleBytes }): Move => {
    const part = (missingBytes * (idleBytes / guest.facts.limits.shares)) / weight;
    const takenBytes = Math.ceil(Math.min(idleBytes, part) / MIB) * MIB;
    return {
      name: guest.facts.name,
      fromBytes: guest.targetBytes,
      toBytes: Math.max(least(guest), guest.targetBytes - takenBytes),
      kind: "take-to-floor",
      reason: reasonOf("take-to-floor"),
    };
  });
}
