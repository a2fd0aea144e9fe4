/** Opens a guest's channels to its agent: virtio-serial if it has a port, WebSocket if the host listens, or both as one. */

import type { ChannelSettings } from "../agents/agent-channel.ts";
import { createBothChannels } from "../agents/preferred-channel.ts";
import { createAgentChannel } from "../agents/virtio-channel.ts";
import type { AgentServer } from "../agents/websocket/agent-server.ts";
import type { AgentLink, AgentListener, Clock, Log } from "../model/adapters.ts";
import type { GuestEntry } from "../model/inventory.ts";

export interface AgentChannelOptions extends ChannelSettings {
  readonly clock: Clock;
  readonly log: Log;
  /** Undefined: no agents over WebSocket. */
  readonly gate: AgentServer | undefined;
}

/** Undefined: the guest has no channel to an agent. */
export function openAgentChannel(
  { name, agentPath }: GuestEntry,
  listener: AgentListener,
  { gate, ...options }: AgentChannelOptions,
): AgentLink | undefined {
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
