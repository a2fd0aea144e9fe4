/** What `act` would do with a guest's balloon at a step, from the figures that the step has. Pure. */
import { MIB } from "../model/bytes.ts";
import type { GuestPoint } from "../model/history.ts";
import type { Regime } from "../model/plan.ts";

/** Where a balloon goes. */
export type Direction = "take" | "give" | "leave";

/** A difference up to this is no move: Proxmox's rule has the same. */
export const SMALLEST_MOVE_BYTES = 10 * MIB;

/** What `act` takes a guest down to, by how short the host is (policy/move/next-target.ts); `ample` takes nothing. */
export const TAKEN_TO = { tight: "wantBytes", scarce: "floorBytes", critical: "floorBytes" } as const;

/** Undefined: the step does not tell. */
export function intendedDirection(guest: GuestPoint, regime: Regime | undefined): Direction | undefined {
  const { actualBytes, maxBytes } = guest;
  if (actualBytes === undefined || maxBytes === undefined || regime === undefined) return undefined;
  if (regime === "ample") return directionOf(actualBytes, Math.max(actualBytes, maxBytes));
  const keptBytes = guest[TAKEN_TO[regime]];
  return keptBytes === undefined ? undefined : directionOf(actualBytes, Math.min(keptBytes, maxBytes));
}

export function directionOf(fromBytes: number, toBytes: number): Direction {
  if (Math.abs(toBytes - fromBytes) <= SMALLEST_MOVE_BYTES) return "leave";
  return toBytes < fromBytes ? "take" : "give";
}
