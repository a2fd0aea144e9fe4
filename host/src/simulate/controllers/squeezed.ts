/** Xen's squeezed (in xapi): every guest the same fraction of its range. */
import { clamp, sum } from "../../model/bytes.ts";
import type { Controller, ControllerMaker, GuestView, WorldView } from "../controller.ts";
import { isMoving, ProgressWatch } from "./progress-watch.ts";
import { runningGuests, xenFreeBytes } from "./xen-free-memory.ts";

/** Time between two decisions at a host in balance, and out of it. */
const CHECK_MS = 10_000;
const LOOP_MS = 1_000;
const STUCK_AFTER_MS = 5_000;
/** Under Xen free memory is exact and the loop ends within 4 KiB; resident sizes move all the time: this share of a range. */
const HIT_WITHIN_SHARE = 0.01;
/** Xen's slush fund is 9 MiB, because its dom0 has memory of its own; a Linux host keeps this share free. */
const HOST_TARGET_SHARE = 0.05;

/** A guest's range and size. */
export interface SqueezedGuest {
  readonly name: string;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly actualBytes: number;
}

/** `min + γ (max - min)` for all, with γ such that the host's free memory comes to its target. */
export function squeezedTargets(
  freeBytes: number,
  hostTargetBytes: number,
  guests: readonly SqueezedGuest[],
): ReadonlyMap<string, number> {
  const aboveMin = sum(guests, (guest) => Math.max(0, guest.actualBytes - guest.minBytes));
  const ranges = sum(guests, (guest) => guest.maxBytes - guest.minBytes);
  const surplus = Math.max(0, freeBytes + aboveMin - hostTargetBytes);
  const gamma = clamp(surplus / Math.max(1, ranges), 0, 1);
  return new Map(
    guests.map((g) => [g.name, Math.trunc(g.minBytes + gamma * Math.max(0, g.maxBytes - g.minBytes))]),
  );
}

class Squeezed implements Controller {
  readonly name = "squeezed";
  readonly tickMs = CHECK_MS;
  readonly #progress = new ProgressWatch(STUCK_AFTER_MS);

  tick(world: WorldView): number {
    const able = runningGuests(world).filter((guest) => !this.#progress.isStuck(guest, world.nowMs));
    const targets = this.#targets(world, able);
    const shrinking = able.filter((guest) => missBytes(targets, guest) < -toleranceBytes(guest));
    const growing = able.filter((guest) => missBytes(targets, guest) > toleranceBytes(guest));
    // First only shrinks, then only grows.
    for (const guest of shrinking.length > 0 ? shrinking : growing) command(world, guest, targets);
    return shrinking.length + growing.length > 0 || able.some(isMoving) ? LOOP_MS : CHECK_MS;
  }

  #targets(world: WorldView, able: readonly GuestView[]): ReadonlyMap<string, number> {
    // What is on its way to a guest was counted as the guest's.
    const guests = able.map(({ name, limits, actualBytes, targetBytes }) => ({
      name,
      minBytes: limits.minBytes,
      maxBytes: limits.maxBytes,
      actualBytes: Math.max(actualBytes, targetBytes ?? 0),
    }));
    return squeezedTargets(xenFreeBytes(world), world.host.totalBytes * HOST_TARGET_SHARE, guests);
  }

  booted(world: WorldView): void {
    world.tickWithin(0);
  }
}

/** How much a guest is to grow. */
function missBytes(targets: ReadonlyMap<string, number>, { name, actualBytes }: GuestView): number {
  return (targets.get(name) ?? actualBytes) - actualBytes;
}

function toleranceBytes({ limits }: GuestView): number {
  return (limits.maxBytes - limits.minBytes) * HIT_WITHIN_SHARE;
}

function command(
  world: WorldView,
  { name, targetBytes }: GuestView,
  targets: ReadonlyMap<string, number>,
): void {
  const bytes = targets.get(name);
  if (bytes !== undefined && bytes !== targetBytes) world.setTarget(name, bytes);
}

/** The proportional baseline. */
export const SQUEEZED: ControllerMaker = {
  name: "squeezed",
  title: "Xen's squeezed: every guest the same fraction of its range",
  make: () => new Squeezed(),
};
