/** A guest that cannot demand keeps its part of a static split, or room for its largest burst, whichever is less. */
import { clamp, MIB, sum } from "../../model/bytes.ts";
import type { Ledger } from "../budget/ledger.ts";
import { burstHeightBytes, isUseKnown } from "../learn/use-history.ts";
import type { GuestNeed } from "../need/assess.ts";

/**
 * Raises the needs of guests that cannot demand accordingly. A guest that was not watched for long keeps its part of the split, unless
 * another guest is failing (`isFailing`) or misses its cache. Not for `critical`.
 */
export function keepRoomToBurst(
  guests: readonly GuestNeed[],
  ledger: Ledger,
  isFailing: boolean,
  nowMs: number,
): readonly GuestNeed[] {
  if (!guests.some(cannotDemand)) return guests;
  const shares = sum(guests, ({ facts }) => facts.limits.shares);
  const perShare = (ledger.budgetBytes - ledger.reserveBytes) / Math.max(1, shares);
  const isNeeded = isFailing || guests.some(({ memory }) => memory.cache.missing);
  return guests.map((guest) => {
    if (!cannotDemand(guest)) return guest;
    const { facts, memory } = guest;
    const splitBytes = facts.limits.shares * perShare - memory.overheadBytes;
    const isSeen = isNeeded || isUseKnown(memory.use, nowMs);
    return withRoom(guest, isSeen ? Math.min(splitBytes, seenBytes(guest)) : splitBytes);
  });
}

function cannotDemand({ source }: GuestNeed): boolean {
  return source === "balloon-stats";
}

function seenBytes({ memory, headroomBytes }: GuestNeed): number {
  return memory.use === undefined ? 0 : burstHeightBytes(memory.use) + headroomBytes;
}

function withRoom(guest: GuestNeed, roomBytes: number): GuestNeed {
  const { minBytes, maxBytes } = guest.facts.limits;
  const keptBytes = clamp(Math.floor(roomBytes / MIB) * MIB, minBytes, maxBytes);
  return {
    ...guest,
    bareBytes: Math.max(guest.bareBytes, keptBytes),
    vitalBytes: Math.max(guest.vitalBytes, keptBytes),
    floorBytes: Math.max(guest.floorBytes, keptBytes),
    // The room that it keeps is room for the forecast use as well.
    comingBytes: Math.max(0, guest.comingBytes - Math.max(0, keptBytes - guest.floorBytes)),
    wantBytes: Math.max(guest.wantBytes, keptBytes),
  };
}
