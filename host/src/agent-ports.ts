/** Opens a guest's ways to its agent: virtio-serial where it has a port, WebSocket where that is listened to, or both as one. */
import { createBothChannels } from "./collect/agents/both-channels.ts";
import { type ChannelSettings, createAgentChannel } from "./collect/agents/virtio-socket.ts";
import type { AgentGate } from "./collect/agents/websocket/listener.ts";
import type { GuestEntry } from "./model/inventory.ts";
import type { AgentListener, AgentPort, Clock, Log } from "./model/ports.ts";

export interface AgentPortsOptions extends ChannelSettings {
  readonly clock: Clock;
  readonly log: Log;
  /** Absent: no agents over WebSocket. */
  readonly gate: AgentGate | undefined;
}

/** Absent: the guest has no way to an agent. */
export function openAgentPort(
  { name, agentPath }: GuestEntry,
  listener: AgentListener,
  { gate, ...options }: AgentPortsOptions,
): AgentPort | undefined {
  if (agentPath === undefined) return gate?.channel(name, listener, () => true);
  const virtio = (own: AgentListener) =>
    createAgentChannel({ ...options, path: agentPath, guestName: name, listener: own });
  if (gate === undefined) return virtio(listener);
  return createBothChannels({
    listener,
    virtio,
    websocket: (own, mayOpen) => gate.channel(name, own, mayOpen),
  });
}
