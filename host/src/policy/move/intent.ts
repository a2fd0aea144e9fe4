import type { Reason } from "../../model/plan.ts";
import type { GuestNeed } from "../need/assess.ts";

/** Where one guest's balloon shall go, and why. */
export interface Intent {
  readonly targetBytes: number;
  readonly reason: Reason;
  readonly detail?: string;
}

export function stay(guest: GuestNeed, reason: Reason, detail?: string): Intent {
  return { targetBytes: guest.targetBytes, reason, ...(detail !== undefined && { detail }) };
}
