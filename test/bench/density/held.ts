/** Owns watching what real guests hold of their host. */
import { setTimeout as sleep } from "node:timers/promises";
import { sum } from "../../../host/src/model/bytes.ts";
import { guestRam } from "../../testbed/guest-ram.ts";
import type { Cleanup } from "../../testbed/host.ts";
import type { Actor } from "../real/stage.ts";

const EVERY_MS = 1_000;

/** Watches until the cleanup. */
export function watchHeld(actors: readonly Actor[], cleanup: Cleanup): number[] {
  const bytes: number[] = [];
  let isOver = false;
  const watch = async () => {
    while (!isOver) {
      bytes.push(heldBytes(actors));
      await sleep(EVERY_MS);
    }
  };
  const watching = watch();
  cleanup.add(() => {
    isOver = true;
    return watching;
  });
  return bytes;
}

/** What guests hold now, merged pages counted once. */
export function heldBytes(actors: readonly Actor[]): number {
  return sum(actors, ({ plan, guest }) => guestRam(guest.pid, plan.fullBytes)?.heldBytes ?? 0);
}

/** What their processes hold beside guests' memory. */
export function besideBytes(actors: readonly Actor[]): number {
  return sum(actors, ({ plan, guest }) => {
    const inside = guestRam(guest.pid, plan.fullBytes)?.residentBytes ?? 0;
    return Math.max(0, (guest.residentBytes() ?? 0) - inside);
  });
}
