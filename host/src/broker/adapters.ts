/** The adapters and the settings that the broker is given. */

import type {
  AgentLink,
  AgentListener,
  BrokerObserver,
  Clock,
  GuestMonitor,
  HostReader,
  MonitorListener,
  ProcessMemoryReader,
  SocketClients,
} from "../model/adapters.ts";
import type { GuestModeStore } from "../model/guest-modes.ts";
import type { HotCacheSource, UseForecaster } from "../model/history.ts";
import type { GuestEntry } from "../model/inventory.ts";
import type { ManualTargetStore } from "../model/manual-targets.ts";
import type { PolicySettings } from "../model/settings.ts";

/** The broker's settings; a reload changes them. */
export interface BrokerSettings {
  readonly policy: PolicySettings;
  readonly tickMs: number;
  readonly onStop: "hold" | "release";
}

/** The broker's adapters; `daemon/` constructs them. */
export interface BrokerAdapters extends GuestAdapters {
  readonly clock: Clock;
  readonly host: HostReader;
  readonly processMemory: ProcessMemoryReader;
  readonly manualTargets: ManualTargetStore;
  readonly guestModes: GuestModeStore;
  readonly socketClients: SocketClients;
  /** Absent: no history is kept. */
  readonly forecaster?: UseForecaster;
  /** Absent: no history is kept. */
  readonly hotCaches?: HotCacheSource;
  /** Absent: nothing is counted. */
  readonly observer?: BrokerObserver;
}

/** Opens one guest's monitor and agent channel. */
export interface GuestAdapters {
  monitor(entry: GuestEntry, listener: MonitorListener): GuestMonitor;
  /** Absent: the entry has no agent channel. */
  agent(entry: GuestEntry, listener: AgentListener): AgentLink | undefined;
}
