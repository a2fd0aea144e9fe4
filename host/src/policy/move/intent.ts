/** An intent is a target and a kind; what follows is decided by the kind, never by the words. */
import type { IntentKind, StayKind } from "../../model/plan.ts";
import type { GuestNeed } from "../need/assess.ts";

/** Where one guest's balloon shall go, and why. */
export interface Intent {
  readonly targetBytes: number;
  readonly kind: IntentKind;
  /** Words for the admin; nothing is decided by them. */
  readonly detail?: string;
}

/** The target stays where it is. */
export function stay(guest: GuestNeed, kind: StayKind, detail?: string): Intent {
  return { targetBytes: guest.targetBytes, kind, ...(detail !== undefined && { detail }) };
}
