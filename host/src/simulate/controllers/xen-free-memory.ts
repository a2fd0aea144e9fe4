/** Free memory as Xen's allocators mean it. */
import { sum } from "../../model/bytes.ts";
import type { GuestView, WorldView } from "../controller.ts";

/** Guests that run now. */
export function runningGuests({ guests }: WorldView): GuestView[] {
  return guests.filter(({ bootedAtMs }) => bootedAtMs !== undefined);
}

/**
 * What the host has left once each guest has drawn all that it may: under Xen a domain owns every page of its size, under KVM
 * it takes them as it touches them. What is on its way to a guest is its own already.
 */
export function xenFreeBytes(world: WorldView): number {
  const drawable = sum(runningGuests(world), (guest) =>
    Math.max(
      0,
      Math.max(guest.actualBytes, guest.targetBytes ?? 0) - guest.residentBytes - guest.swappedBytes,
    ),
  );
  return world.host.availableBytes - drawable;
}
