/** How the broker gets at the world, and what it may be told. */
import type { HoldsPort } from "../model/holds.ts";
import type { GuestEntry } from "../model/inventory.ts";
import type {
  AgentListener,
  AgentPort,
  Clock,
  HeldPort,
  HostPort,
  MachineListener,
  MachinePort,
} from "../model/ports.ts";
import type { PolicySettings } from "../model/settings.ts";

/** What the broker may be told, and told anew at a reload. */
export interface BrokerSettings {
  readonly policy: PolicySettings;
  readonly tickMs: number;
  readonly onStop: "hold" | "release";
}

/** How the broker gets at the world; `main` provides it. */
export interface BrokerPorts extends GuestPorts {
  readonly clock: Clock;
  readonly host: HostPort;
  readonly held: HeldPort;
  readonly holds: HoldsPort;
}

/** Opens what belongs to one guest. */
export interface GuestPorts {
  machine(entry: GuestEntry, listener: MachineListener): MachinePort;
  /** Absent: the entry has no agent channel. */
  agent(entry: GuestEntry, listener: AgentListener): AgentPort | undefined;
}
