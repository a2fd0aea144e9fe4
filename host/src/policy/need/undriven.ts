/** Some balloons are not the policy's to drive. Their guests keep what they have, and everything else is decided around them. */
import type { GuestFacts } from "../../model/guest.ts";

/** Why the policy never moves a guest's balloon. */
export type UndrivenKind = "excluded" | "other-controller" | "observe-only";

/** Why this guest's balloon is not driven, whatever is owed or found; undefined: it is driven. */
export function undriven({ limits, otherController, observeOnly }: GuestFacts): UndrivenKind | undefined {
  if (limits.shares === 0) return "excluded";
  // Two programs that move one balloon undo each other's work.
  if (otherController !== undefined) return "other-controller";
  return observeOnly === true ? "observe-only" : undefined;
}
