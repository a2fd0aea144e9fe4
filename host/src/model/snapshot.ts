import type { GuestFacts } from "./guest.ts";
import type { HostFacts } from "./host.ts";

/** The policy's whole input from outside: the facts of one moment. */
export interface Snapshot {
  /** The broker's monotonic clock. */
  readonly nowMs: number;
  readonly host: HostFacts;
  readonly guests: readonly GuestFacts[];
}
