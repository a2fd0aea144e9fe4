/** Qubes' qmemman with its guests' meminfo-writer, on KVM: 1.3 × used for everyone, what is over by the same measure. */
import { clamp, MIB, sum } from "../../model/bytes.ts";
import type { Controller, ControllerMaker, GuestView, WorldView } from "../controller.ts";
import { isMoving, ProgressWatch } from "./progress-watch.ts";
import { runningGuests, xenFreeBytes } from "./xen-free-memory.ts";

/** Interval at which meminfo-writer reads meminfo. */
const TICK_MS = 100;
const NO_PROGRESS_MS = 3_000;
/** A guest tells only of changes above this, and of half of it while it grows and is nearly full. */
const REPORTED_CHANGE_BYTES = 30_000 * 1024;
const NEARLY_FULL_SHARE = 0.77;
const CACHE_MARGIN = 1.3;
const LEAST_PREFERRED_BYTES = 200 * MIB;
/** `dom0-mem-boost`: the host's own preference is 1.3 × used and this much more. */
const HOST_BOOST_BYTES = 350 * MIB;
const LEFT_FREE_BYTES = 50 * MIB;
const LEAST_DONATION_BYTES = 10 * MIB;
/** Nothing is done unless a guest in need gets more than the first, or more than the second moves altogether. */
const WORTH_GIVING_BYTES = 15 * MIB;
const WORTH_MOVING_BYTES = 150 * MIB;
const SHARED_OUT = 0.999;

/** A guest as qmemman sees it. */
export interface QubesGuest {
  readonly name: string;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly actualBytes: number;
  /** Without cache, with what is swapped out. */
  readonly usedBytes: number;
}

/** What a guest is to have: 1.3 × what it uses. */
export function preferredBytes({ usedBytes, minBytes, maxBytes }: QubesGuest): number {
  return clamp(CACHE_MARGIN * usedBytes, Math.max(minBytes, LEAST_PREFERRED_BYTES), maxBytes);
}

/** New targets; empty where moving is not worth it. `freeBytes` is what no guest may draw, less what the host wants. */
export function qmemmanTargets(
  freeBytes: number,
  guests: readonly QubesGuest[],
): ReadonlyMap<string, number> {
  const spareBytes = freeBytes - LEFT_FREE_BYTES;
  const leftBytes = spareBytes - sum(guests, (guest) => preferredBytes(guest) - guest.actualBytes);
  const targets = leftBytes > 0 ? whenEnough(leftBytes, guests) : whenShort(spareBytes, guests);
  return isWorthIt(freeBytes, targets, guests) ? targets : new Map();
}

/** Everyone its preference, and what is left in proportion to it; what is above a maximum goes to the others. */
function whenEnough(leftBytes: number, guests: readonly QubesGuest[]): Map<string, number> {
  const targets = new Map(guests.map((guest) => [guest.name, preferredBytes(guest)]));
  let restBytes = leftBytes;
  let open = [...guests];
  while (restBytes > MIB && open.length > 0) {
    const preferences = sum(open, preferredBytes);
    let givenBytes = 0;
    for (const guest of open) {
      const before = targets.get(guest.name) ?? 0;
      const wish = before + (preferredBytes(guest) / preferences) * restBytes;
      targets.set(guest.name, Math.min(guest.maxBytes, wish));
      givenBytes += Math.min(guest.maxBytes, wish) - before;
    }
    restBytes -= givenBytes;
    open = open.filter((guest) => (targets.get(guest.name) ?? 0) < guest.maxBytes);
  }
  for (const { name, minBytes } of guests)
    targets.set(name, Math.max(minBytes, Math.trunc(SHARED_OUT * (targets.get(name) ?? 0))));
  return targets;
}

/** Those above their preference come down to it; those below share what that brings in proportion to theirs. */
function whenShort(spareBytes: number, guests: readonly QubesGuest[]): Map<string, number> {
  const targets = new Map<string, number>();
  const donors = guests.filter((guest) => guest.actualBytes - preferredBytes(guest) >= LEAST_DONATION_BYTES);
  for (const donor of donors) targets.set(donor.name, Math.trunc(preferredBytes(donor)));
  const squeezedBytes = spareBytes + sum(donors, (donor) => donor.actualBytes - preferredBytes(donor));
  if (squeezedBytes <= 0) return targets;
  const acceptors = guests.filter((guest) => guest.actualBytes < preferredBytes(guest));
  const preferences = sum(acceptors, preferredBytes);
  for (const guest of acceptors) {
    const gift = (preferredBytes(guest) / preferences) * squeezedBytes;
    targets.set(guest.name, Math.trunc(Math.min(guest.maxBytes, guest.actualBytes + gift)));
  }
  return targets;
}

function isWorthIt(
  freeBytes: number,
  targets: ReadonlyMap<string, number>,
  guests: readonly QubesGuest[],
): boolean {
  if (LEFT_FREE_BYTES - freeBytes > WORTH_GIVING_BYTES) return true;
  const change = (guest: QubesGuest) => (targets.get(guest.name) ?? guest.actualBytes) - guest.actualBytes;
  return (
    guests.some((g) => g.actualBytes < preferredBytes(g) && change(g) > WORTH_GIVING_BYTES) ||
    sum(guests, (guest) => Math.abs(change(guest))) > WORTH_MOVING_BYTES
  );
}

/** What a guest uses beyond its cache: its agent's word, else the driver's statistics; absent: nothing is known. */
export function usedBytesOf({ os, actualBytes, report, stats }: GuestView): number | undefined {
  if (os === "windows") {
    const available = report?.availableBytes ?? stats?.freeBytes;
    return available === undefined ? undefined : actualBytes - available;
  }
  const { totalBytes, freeBytes, cacheBytes } = report ?? stats ?? {};
  if (totalBytes === undefined || freeBytes === undefined || cacheBytes === undefined) return undefined;
  const swappedBytes = (report?.swapTotalBytes ?? 0) - (report?.swapFreeBytes ?? 0);
  return Math.max(0, totalBytes - freeBytes - cacheBytes + swappedBytes);
}

class Qmemman implements Controller {
  readonly name = "qmemman";
  readonly tickMs = TICK_MS;
  readonly #progress = new ProgressWatch(NO_PROGRESS_MS);
  readonly #told = new Map<string, number>();

  tick(world: WorldView): number {
    const running = runningGuests(world);
    const able = running.filter((guest) => !this.#progress.isStuck(guest, world.nowMs));
    const guests = able.flatMap((guest) => this.#seen(guest));
    const freeBytes = xenFreeBytes(world) - hostMarginBytes(world, running);
    const targets = qmemmanTargets(freeBytes, guests);
    const byName = new Map(able.map((guest) => [guest.name, guest]));
    const isShrinking = able.some((guest) => isMoving(guest) && (guest.targetBytes ?? 0) < guest.actualBytes);
    apply(world, targets, byName, freeBytes - LEFT_FREE_BYTES, isShrinking);
    return TICK_MS;
  }

  #seen(guest: GuestView): QubesGuest[] {
    const { name, limits, actualBytes, targetBytes } = guest;
    const usedBytes = this.#toldBytes(guest);
    if (usedBytes === undefined) return [];
    const { minBytes, maxBytes } = limits;
    return [{ name, minBytes, maxBytes, actualBytes: Math.max(actualBytes, targetBytes ?? 0), usedBytes }];
  }

  /** What the guest has told last; it keeps small changes to itself. */
  #toldBytes(guest: GuestView): number | undefined {
    const used = usedBytesOf(guest);
    const told = this.#told.get(guest.name);
    if (used === undefined) return undefined;
    const isNearlyFull = told !== undefined && used > told && used > NEARLY_FULL_SHARE * guest.actualBytes;
    const change = REPORTED_CHANGE_BYTES / (isNearlyFull ? 2 : 1);
    if (told !== undefined && Math.abs(used - told) <= change) return told;
    this.#told.set(guest.name, used);
    return used;
  }
}

/** Donors at once; acceptors, in the order of guests, only what is really free now. */
function apply(
  world: WorldView,
  targets: ReadonlyMap<string, number>,
  guests: ReadonlyMap<string, GuestView>,
  spareBytes: number,
  isShrinking: boolean,
): void {
  let leftBytes = Math.max(0, spareBytes);
  for (const [name, bytes] of targets) {
    const guest = guests.get(name);
    if (guest === undefined) continue;
    const fromBytes = Math.max(guest.actualBytes, guest.targetBytes ?? 0);
    if (bytes < fromBytes && bytes !== guest.targetBytes) world.setTarget(name, bytes);
    if (bytes <= fromBytes) continue;
    const gift = Math.min(bytes - fromBytes, leftBytes);
    leftBytes -= gift;
    // Small rests wait until the donors are done.
    if (gift > (isShrinking ? WORTH_GIVING_BYTES : 0)) world.setTarget(name, Math.trunc(fromBytes + gift));
  }
}

/** 0.3 × what the host's own programs use (ZFS's cache is used memory here), and the boost. */
function hostMarginBytes({ host }: WorldView, running: readonly GuestView[]): number {
  const own = host.totalBytes - host.availableBytes - sum(running, (guest) => guest.residentBytes);
  return Math.max(0, own) * (CACHE_MARGIN - 1) + HOST_BOOST_BYTES;
}

/** The "preferred = 1.3 × used" baseline. */
export const QMEMMAN: ControllerMaker = {
  name: "qmemman",
  title: "Qubes' qmemman: 1.3 × used for everyone, donors first",
  make: () => new Qmemman(),
};
