/** Whom memory is taken from for a guest that called. */
import { MIB, sum } from "../model/bytes.ts";
import type { Move } from "../model/plan.ts";
import type { Assessment } from "./assess.ts";
import { holdOnTaking, type TakingScene } from "./holds.ts";

/**
 * Takes from those who have most above their floors for each share, down to the floors; where that is not enough for a guest that
 * is about to fail, down to what the others use: their room to grow is worth less than what this one is growing into.
 */
export function donate(
  asking: Assessment,
  guests: readonly Assessment[],
  missingBytes: number,
  isCritical: boolean,
  scene: TakingScene,
): Move[] {
  const able = guests
    .filter((g) => g !== asking && g.facts.limits.shares > 0 && g.facts.manual === undefined)
    .filter((g) => holdOnTaking(g, scene) === undefined);
  const idle = takeFrom(able, missingBytes, (guest) => guest.floorBytes);
  const foundBytes = sum(idle, ({ fromBytes, toBytes }) => fromBytes - toBytes);
  if (!isCritical || foundBytes >= missingBytes) return idle;
  return takeFrom(able, missingBytes, (guest) => Math.min(guest.floorBytes, guest.bareBytes));
}

function takeFrom(
  able: readonly Assessment[],
  missingBytes: number,
  least: (guest: Assessment) => number,
): Move[] {
  const donors = able
    .map((guest) => ({ guest, idleBytes: guest.targetBytes - least(guest) }))
    .filter(({ idleBytes }) => idleBytes >= MIB);
  const weight = sum(donors, ({ guest, idleBytes }) => idleBytes / guest.facts.limits.shares);
  return donors.map(({ guest, idleBytes }): Move => {
    const part = (missingBytes * (idleBytes / guest.facts.limits.shares)) / weight;
    const takenBytes = Math.ceil(Math.min(idleBytes, part) / MIB) * MIB;
    return {
      name: guest.facts.name,
      fromBytes: guest.targetBytes,
      toBytes: Math.max(least(guest), guest.targetBytes - takenBytes),
      reason: "take-to-floor",
    };
  });
}
