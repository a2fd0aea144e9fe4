import type { GuestFacts } from "./guest.ts";
import type { HostFacts } from "./host.ts";

/** All that the policy may know: one consistent picture of the world. */
export interface Snapshot {
  /** The broker's monotonic clock. */
  readonly nowMs: number;
  readonly host: HostFacts;
  readonly guests: readonly GuestFacts[];
}
