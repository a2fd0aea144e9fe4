/** The upper bound: an allocator that knows what every guest and the host will do next. No real controller can be it. */
import { MIB, sum } from "../../model/bytes.ts";
import { distribute, type Participant } from "../../policy/share/distribute.ts";
import type { Controller, ControllerMaker, Future, GuestView, WorldView } from "../controller.ts";
import { FutureNeeds, type Need } from "./future-needs.ts";
import { ProgressWatch } from "./progress-watch.ts";

const TICK_MS = 100;
/** What is in use now and next must never be taken. */
const NOW_MS = 1_000;
/** Cache that is read now and soon. */
const SOON_MS = 3_000;
/** Balloons take 0.9 GiB/s: time to free memory for the biggest bursts. */
const AHEAD_MS = 20_000;
const HOST_STEP_MS = 500;
/** Left free on the host, for what moves within a tick, and for ZFS, which leaves as much itself. */
const RESERVE_SHARE = 1 / 48;
/** More than a guest needs: rounding, pages in transit. */
const MARGIN_BYTES = 16 * MIB;
const STUCK_AFTER_MS = 3_000;
/** Smaller moves are not worth a command. */
const DEAD_BAND_BYTES = 4 * MIB;

/** One guest with its future. */
interface Known {
  readonly guest: GuestView;
  readonly isStuck: boolean;
  /** Of the process's memory: not the guest's. */
  readonly overheadBytes: number;
  readonly now: Need;
  readonly soon: Need;
  readonly ahead: Need;
}

class Clairvoyant implements Controller {
  readonly name = "clairvoyant";
  readonly tickMs = TICK_MS;
  readonly #future: Future;
  readonly #foresights = new Map<string, FutureNeeds>();
  readonly #progress = new ProgressWatch(STUCK_AFTER_MS);

  constructor(future: Future) {
    this.#future = future;
  }

  tick(world: WorldView): number {
    const known = world.guests.map((guest) => this.#look(guest, world.nowMs));
    const capacity = this.#capacityBytes(world) - sum(known.filter(isFixed), heldBytes);
    const movable = known.filter((one) => !isFixed(one));
    const targets = targetsFor(movable, capacity + sum(movable, neverDrawnBytes));
    const running = movable.filter(({ guest }) => guest.bootedAtMs !== undefined);
    move(world, running, targets, capacity);
    return TICK_MS;
  }

  booted(world: WorldView, name: string): void {
    const guest = world.guests.find((view) => view.name === name);
    if (guest?.targetBytes !== undefined) world.setTarget(name, guest.limits.maxBytes);
    world.tickWithin(0);
  }

  #look(guest: GuestView, nowMs: number): Known {
    let foresight = this.#foresights.get(guest.name);
    if (foresight === undefined) {
      foresight = new FutureNeeds(this.#future, guest);
      this.#foresights.set(guest.name, foresight);
    }
    foresight.follow(nowMs, guest.bootedAtMs);
    const isStuck = this.#progress.isStuck(guest, nowMs);
    const [now, soon, ahead] = foresight.needs([NOW_MS, SOON_MS, AHEAD_MS]);
    return { guest, isStuck, overheadBytes: this.#future.overheadBytes(guest.name), now, soon, ahead };
  }

  /** What guests may hold together: with what KSM saves as long as it is known to last. */
  #capacityBytes({ nowMs, host, guests }: WorldView): number {
    let ownBytes = Number.NEGATIVE_INFINITY;
    for (let ms = 0; ms <= AHEAD_MS; ms += HOST_STEP_MS) {
      const atMs = nowMs + ms;
      ownBytes = Math.max(ownBytes, this.#future.hostOwnBytes(atMs) - this.#future.savedBytes(atMs));
    }
    const others = ownBytes + host.arcMinBytes + sum(guests, ({ name }) => this.#future.overheadBytes(name));
    return host.totalBytes * (1 - RESERVE_SHARE) - others;
  }
}

/** No driver to move it, or one that does not obey. */
function isFixed({ guest, isStuck }: Known): boolean {
  return isStuck || (guest.bootedAtMs !== undefined && guest.stats === undefined);
}

/** What a guest will hold: what it holds, needs, and reads once, as far as its size goes. */
function heldBytes({ guest, overheadBytes, ahead }: Known): number {
  const residentBytes = guest.residentBytes + guest.swappedBytes - overheadBytes;
  return Math.min(guest.actualBytes, Math.max(residentBytes, ahead.totalBytes) + ahead.streamBytes);
}

/** The part of a guarantee that the guest will not touch. */
function neverDrawnBytes(known: Known): number {
  const { guest, ahead } = known;
  const drawnBytes =
    guest.bootedAtMs === undefined ? ahead.totalBytes : Math.max(ahead.totalBytes, heldBytes(known));
  return Math.max(0, guest.limits.minBytes - drawnBytes);
}

function targetsFor(known: readonly Known[], capacityBytes: number): Float64Array {
  const careful = known.map((one) => claimOf(one, one.now.programBytes + MARGIN_BYTES));
  const fits = sum(careful, ({ minBytes }) => minBytes) <= capacityBytes;
  return distribute(fits ? careful : known.map((one) => claimOf(one, 0)), capacityBytes);
}

/** Programs of now before programs to come, those before cache that is read now, that before what comes later. */
function claimOf({ guest, soon, ahead }: Known, nowBytes: number): Participant {
  const { minBytes, maxBytes, shares } = guest.limits;
  const bound = (bytes: number) => Math.min(maxBytes, Math.max(minBytes, bytes + MARGIN_BYTES));
  const isGone = guest.bootedAtMs === undefined && ahead.totalBytes === 0;
  return {
    shares: Math.max(1, shares),
    minBytes: Math.min(maxBytes, Math.max(minBytes, nowBytes)),
    bareBytes: minBytes,
    workingBytes: minBytes,
    vitalBytes: bound(ahead.programBytes),
    floorBytes: bound(soon.totalBytes),
    wantBytes: bound(ahead.totalBytes),
    maxBytes: isGone ? minBytes : maxBytes,
  };
}

/** Takes at once; gives what no guest holds or may draw, to programs first, and to those even out of what others will not draw. */
function move(world: WorldView, known: readonly Known[], targets: Float64Array, capacityBytes: number): void {
  let leftBytes = capacityBytes;
  const wishes = known.map((one, i) => ({
    ...one,
    toBytes: targets[i] ?? one.guest.actualBytes,
  }));
  for (const wish of wishes) {
    leftBytes -= heldBytes(wish);
    const { guest, toBytes } = wish;
    if (toBytes < sizeBytes(guest) - DEAD_BAND_BYTES) world.setTarget(guest.name, toBytes);
  }
  for (const { guest, toBytes, soon, ahead } of wishes) {
    const fromBytes = sizeBytes(guest);
    if (toBytes <= fromBytes) continue;
    const urgentBytes = Math.min(toBytes, soon.programBytes + MARGIN_BYTES);
    const free = Math.max(0, leftBytes);
    // Its own need was counted above as far as its size goes.
    const granted = Math.max(urgentBytes, Math.min(toBytes, fromBytes + free));
    leftBytes -= Math.min(free, Math.max(0, granted - Math.max(fromBytes, ahead.totalBytes)));
    if (granted > fromBytes + DEAD_BAND_BYTES || granted === guest.limits.maxBytes)
      world.setTarget(guest.name, Math.trunc(granted));
  }
}

function sizeBytes({ actualBytes, targetBytes }: GuestView): number {
  return targetBytes ?? actualBytes;
}

/** The upper bound. */
export const CLAIRVOYANT: ControllerMaker = {
  name: "clairvoyant",
  title: "an allocator that knows the future: the upper bound",
  make: ({ future }) => new Clairvoyant(future),
};
