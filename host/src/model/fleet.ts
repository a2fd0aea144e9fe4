/** What a host tells of itself to the other hosts of a fleet: names are fixed, bytes are integers. */
import type { Regime } from "./plan.ts";

/** One guest, as far as it matters for moving it to another host. */
export interface FleetGuest {
  readonly name: string;
  /** What it needs to be safe. */
  readonly floorBytes: number;
  /** Most that it may have. */
  readonly maxBytes: number;
  /** A passed-through device keeps it where it is. */
  readonly isPinned: boolean;
}

export interface HostSummary {
  /** Name of the host in the fleet. */
  readonly host: string;
  /** When it was made; wall clock, milliseconds since 1970. */
  readonly atMs: number;
  readonly version: string;
  readonly mode: "observe" | "act";
  /** Undefined before the first decision, as are the figures. */
  readonly regime?: Regime;
  readonly budgetBytes?: number;
  readonly chargedBytes?: number;
  /** What may be promised now. */
  readonly freeBytes?: number;
  /** What guests have beyond what they would use with plenty. */
  readonly lendableBytes: number;
  /** What guests lack of what they need to be safe. */
  readonly owedBytes: number;
  /** For how long guests have lacked it; undefined: none does. */
  readonly shortForMs?: number;
  readonly guestCount: number;
  /** The largest ones. */
  readonly guests: readonly FleetGuest[];
}

/** How a host takes part in a fleet. */
export interface FleetSettings {
  /** Addresses of the NATS servers. */
  readonly servers: readonly string[];
  /** Name in the fleet; undefined: the host's own. */
  readonly name?: string;
  /** File of NATS credentials (`.creds`). */
  readonly credentialsPath?: string;
  /** File of the certificate authority that signed the servers' certificates. */
  readonly caPath?: string;
}
