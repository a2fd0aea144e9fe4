/** Growth that the host does not see is room to grow up to a guest's fair share, and no further. */
import { clamp, MIB } from "../../model/bytes.ts";
import type { GuestNeed } from "../need/assess.ts";
import { fairBytesPerShare } from "./fair-share.ts";
import type { Ledger } from "./ledger.ts";

/**
 * The guests' needs without such growth beyond their fair shares. What a guest uses at this moment, and whether all floors fit, is
 * judged without it at once. Its floor loses it only after a while: an honest guest grows before its host can see it.
 */
export function seenNeeds(guests: readonly GuestNeed[], ledger: Ledger): readonly GuestNeed[] {
  if (!guests.some(isUnseen)) return guests;
  const perShare = fairBytesPerShare(ledger, guests);
  return guests.map((guest) => (isUnseen(guest) ? seen(guest, guest.facts.limits.shares * perShare) : guest));
}

function isUnseen({ unseenGrowth: { bareBytes, headroomBytes } }: GuestNeed): boolean {
  return bareBytes > 0 || headroomBytes > 0;
}

function seen(guest: GuestNeed, fairBytes: number): GuestNeed {
  const { unseenGrowth, facts, floorBytes } = guest;
  const dueBytes = clamp(Math.ceil(fairBytes / MIB) * MIB, facts.limits.minBytes, facts.limits.maxBytes);
  const without = (bytes: number, unseenBytes: number) =>
    Math.min(bytes, Math.max(Math.ceil((bytes - unseenBytes) / MIB) * MIB, dueBytes));
  return {
    ...guest,
    bareBytes: without(guest.bareBytes, unseenGrowth.bareBytes),
    vitalBytes: without(guest.vitalBytes, unseenGrowth.staleBytes),
    floorBytes: without(floorBytes, unseenGrowth.staleBytes),
    wantBytes: without(guest.wantBytes, unseenGrowth.staleBytes),
    seenFloorBytes: without(floorBytes, unseenGrowth.headroomBytes),
  };
}
