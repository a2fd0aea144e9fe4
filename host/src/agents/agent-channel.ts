import type { TuningSettings } from "@ballast/proto";
import type { AgentLink } from "../model/adapters.ts";
import type { SessionCounters } from "./session-counters.ts";

/** The interface to one guest's agent, the same over virtio-serial and WebSocket. */
export interface ChannelSettings {
  /** How often the agent shall report and sample; the Welcome carries it. */
  readonly tuning: TuningSettings;
  readonly staleAfterMs: number;
}

/** Counts of messages that were not used, of the guest's and of the host's, since the start. */
export interface ChannelCounters extends SessionCounters {
  readonly discardedBytes: number;
  readonly unsentMessages: number;
}

/** An agent channel that also counts what it dropped. */
export interface AgentChannel extends AgentLink {
  counters(): ChannelCounters;
}
