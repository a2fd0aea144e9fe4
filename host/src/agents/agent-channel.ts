import type { TuningSettings } from "@ballast/proto";
import type { AgentLink } from "../model/adapters.ts";
import type { SessionCounters } from "./session-counters.ts";

/** What holds for every agent, whatever carries it. */
export interface ChannelSettings {
  /** How the host wishes to be told, sent to the agent in its Welcome. */
  readonly tuning: TuningSettings;
  readonly staleAfterMs: number;
}

/** What was not used of the guest's and our own messages, since the start. */
export interface ChannelCounters extends SessionCounters {
  readonly discardedBytes: number;
  readonly unsentMessages: number;
}

/** An agent port that also tells what it dropped. */
export interface AgentChannel extends AgentLink {
  counters(): ChannelCounters;
}
