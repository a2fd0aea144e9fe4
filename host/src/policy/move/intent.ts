/** What is intended with one guest: a target and the kind of the intention, by which alone it is judged further on. */
import type { IntentKind, StayKind } from "../../model/plan.ts";
import type { GuestNeed } from "../need/assess.ts";

/** Where one guest's balloon shall go, and what for. */
export interface Intent {
  readonly targetBytes: number;
  readonly kind: IntentKind;
  /** For words, never for logic. */
  readonly detail?: string;
}

/** The target stays where it is. */
export function stay(guest: GuestNeed, kind: StayKind, detail?: string): Intent {
  return { targetBytes: guest.targetBytes, kind, ...(detail !== undefined && { detail }) };
}
