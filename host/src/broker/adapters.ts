/** How the broker gets at the world, and what it may be told. */

import type {
  AgentLink,
  AgentListener,
  Clock,
  GuestMonitor,
  HostReader,
  MonitorListener,
  ProcessMemoryReader,
  SocketClients,
} from "../model/adapters.ts";
import type { GuestEntry } from "../model/inventory.ts";
import type { ManualTargetStore } from "../model/manual-targets.ts";
import type { PolicySettings } from "../model/settings.ts";

/** What the broker may be told, and told anew at a reload. */
export interface BrokerSettings {
  readonly policy: PolicySettings;
  readonly tickMs: number;
  readonly onStop: "hold" | "release";
}

/** How the broker gets at the world; `main` provides it. */
export interface BrokerAdapters extends GuestAdapters {
  readonly clock: Clock;
  readonly host: HostReader;
  readonly processMemory: ProcessMemoryReader;
  readonly manualTargets: ManualTargetStore;
  readonly socketClients: SocketClients;
}

/** Opens what belongs to one guest. */
export interface GuestAdapters {
  monitor(entry: GuestEntry, listener: MonitorListener): GuestMonitor;
  /** Absent: the entry has no agent channel. */
  agent(entry: GuestEntry, listener: AgentListener): AgentLink | undefined;
}
