/** What each guest has at stake in the ledger: a column of numbers for each amount, since thousands of small objects would take several times as long. */
import { GIB, MIB, sum } from "../../model/bytes.ts";
import type { PolicySettings } from "../../model/settings.ts";
import { RECLAIM_MS } from "../learn/demand-bursts.ts";
import { GRANT_LIFE_MS } from "../memory.ts";
import type { GuestNeed } from "../need/assess.ts";
import type { Savings } from "./savings.ts";

/** A guest is expected to draw at least this when nothing is known of its growth. */
const UNKNOWN_DRAW_BYTES = 64 * MIB;
/** How fast a guest can use new memory where no agent measured it. */
const ASSUMED_TOUCH_BYTES_PER_SECOND = GIB;

/** In the guests' order. */
export interface Stakes {
  readonly firmBytes: Float64Array;
  readonly exposureBytes: Float64Array;
  readonly inFlightBytes: Float64Array;
  /** What a guest might take on top of its grants before taking elsewhere has replaced it. */
  readonly drawBytes: Float64Array;
  /** The same if it drew as fast as its hardware lets it. */
  readonly surpriseBytes: Float64Array;
  /** The part of its exposure that it has for a forecast use. */
  readonly forecastBytes: Float64Array;
  /** What its process holds and swapped out; its size where the process cannot be seen. */
  readonly heldBytes: Float64Array;
  /** Its size where its process cannot be seen, 0 where it can. */
  readonly unseenBytes: Float64Array;
  /** What is resident of its process, 0 where that cannot be seen. */
  readonly residentBytes: Float64Array;
  /** What QEMU holds beside the guest's memory. */
  readonly overheadBytes: Float64Array;
  /** What counts against the budget: for the ledger to fill in, since it depends on all guests. */
  readonly chargeBytes: Float64Array;
}

/**
 * Stakes that are kept from one ledger to the next. Each line belongs to one guest's need as it was then; needs never change, so a line
 * of the same need is right still. The demands of one moment differ in a few guests, and reading all others' needs again would take
 * most of a decision's time.
 */
export class StakesTable {
  #stakes: Stakes = emptyStakes(0);
  #guests: GuestNeed[] = [];
  #nowMs = Number.NaN;
  #accounting: PolicySettings["accounting"] | undefined;
  #merged: Merged | undefined;

  /** The guests' stakes, until they are asked for again: the columns are filled in anew in place. */
  of(
    guests: readonly GuestNeed[],
    savings: Savings,
    accounting: PolicySettings["accounting"],
    nowMs: number,
  ): Stakes {
    const merged = mergedOf(guests, savings);
    const isSame =
      nowMs === this.#nowMs && accounting === this.#accounting && isSameMerged(merged, this.#merged);
    if (!isSame || guests.length !== this.#guests.length) {
      this.#stakes = emptyStakes(guests.length);
      this.#guests = new Array<GuestNeed>(guests.length);
      this.#nowMs = nowMs;
      this.#accounting = accounting;
      this.#merged = merged;
    }
    for (let place = 0; place < guests.length; place++) {
      const guest = guests[place];
      if (guest === undefined || guest === this.#guests[place]) continue;
      this.#guests[place] = guest;
      fillIn(this.#stakes, place, guest, merged, accounting, nowMs);
    }
    return this.#stakes;
  }
}

function emptyStakes(count: number): Stakes {
  const column = () => new Float64Array(count);
  return {
    firmBytes: column(),
    exposureBytes: column(),
    inFlightBytes: column(),
    drawBytes: column(),
    surpriseBytes: column(),
    forecastBytes: column(),
    heldBytes: column(),
    unseenBytes: column(),
    residentBytes: column(),
    overheadBytes: column(),
    chargeBytes: column(),
  };
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

function isSameMerged(one: Merged, other: Merged | undefined): boolean {
  return (
    one.savedShare === other?.savedShare &&
    one.mappedShare === other.mappedShare &&
    one.mostBytes === other.mostBytes
  );
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
  const { processMemory } = guest.facts;
  const heldBytes = residentOrActual(guest);
  const guestResidentBytes = processMemory === undefined ? 0 : heldBytes - guest.memory.overheadBytes;
  const mayTakeBytes = Math.max(guest.actualBytes, guest.targetBytes);
  const grantBytes = inFlight(guest, nowMs);
  stakes.heldBytes[place] = heldBytes;
  stakes.unseenBytes[place] = processMemory === undefined ? guest.actualBytes : 0;
  stakes.residentBytes[place] = processMemory?.residentBytes ?? 0;
  stakes.overheadBytes[place] = processMemory === undefined ? 0 : guest.memory.overheadBytes;
  if (accounting === "strict" || processMemory === undefined) {
    const exposureBytes = Math.max(0, mayTakeBytes - heldBytes);
    stakes.exposureBytes[place] = exposureBytes;
    stakes.inFlightBytes[place] =
      processMemory === undefined ? grantBytes : Math.min(exposureBytes, grantBytes);
    // All that it has is charged already, touched or not.
    stakes.firmBytes[place] = Math.max(mayTakeBytes, guestResidentBytes);
    stakes.drawBytes[place] = stakes.surpriseBytes[place] = stakes.forecastBytes[place] = 0;
    return;
  }
  const exposureBytes = Math.max(0, mayTakeBytes + guest.memory.overheadBytes - heldBytes);
  const inFlightBytes = Math.min(exposureBytes, grantBytes);
  // A guest draws by touching what it never touched, and by writing to pages that it shares.
  const ownBytes = processMemory.residentBytes;
  const drawableBytes = exposureBytes + Math.min(merged.mostBytes, ownBytes * merged.mappedShare);
  const drawBytes = Math.max(0, Math.min(drawableBytes, expectedDraw(guest)) - inFlightBytes);
  stakes.exposureBytes[place] = exposureBytes;
  stakes.inFlightBytes[place] = inFlightBytes;
  stakes.drawBytes[place] = drawBytes;
  stakes.surpriseBytes[place] = Math.max(
    drawBytes,
    Math.min(drawableBytes, fastestDraw(guest)) - inFlightBytes,
  );
  stakes.firmBytes[place] = heldBytes - ownBytes * merged.savedShare + inFlightBytes;
  stakes.forecastBytes[place] = Math.min(exposureBytes, guest.comingBytes);
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

/** What a guest has of the host's memory and swap; its size where its process cannot be seen. */
export function residentOrActual(guest: GuestNeed): number {
  const { processMemory } = guest.facts;
  return processMemory === undefined
    ? guest.actualBytes
    : processMemory.residentBytes + processMemory.swappedBytes;
}

/** Part of a sum; 0 of nothing. */
export function share(bytes: number, ofBytes: number): number {
  return ofBytes > 0 ? bytes / ofBytes : 0;
}

/** Sum of a column. */
export function total(column: Float64Array): number {
  let bytes = 0;
  for (let i = 0; i < column.length; i++) bytes += column[i] ?? 0;
  return bytes;
}
