/** Uses one of a guest's two channels: virtio-serial while a session lives there, otherwise WebSocket. */

import type { AgentLink, AgentListener, HostMessage } from "../model/adapters.ts";
import type { AgentFacts } from "../model/guest.ts";

/** A channel that can be told to end its session for the other channel. */
export interface YieldingPort extends AgentLink {
  yield(): void;
}

/** Makes the two channels; each gets its own listener. */
export interface BothChannelsParts {
  readonly listener: AgentListener;
  readonly virtio: (listener: AgentListener) => AgentLink;
  /** `mayOpen` tells whether a session may begin there. */
  readonly websocket: (listener: AgentListener, mayOpen: () => boolean) => YieldingPort;
}

export function createBothChannels(parts: BothChannelsParts): AgentLink {
  return new BothChannels(parts);
}

class BothChannels implements AgentLink {
  readonly #virtio: AgentLink;
  readonly #websocket: YieldingPort;

  constructor({ listener, virtio, websocket }: BothChannelsParts) {
    const same = {
      fullBytes: () => listener.fullBytes(),
      uncountedBytes: () => listener.uncountedBytes(),
      onSizeDoubted: () => listener.onSizeDoubted(),
      onBoot: (bootId: string) => listener.onBoot(bootId),
    };
    this.#virtio = virtio({
      ...same,
      onReport: (report) => {
        this.#websocket.yield();
        listener.onReport(report);
      },
      onDemand: (demand) => {
        this.#websocket.yield();
        listener.onDemand(demand);
      },
      onSession: (level, text) => listener.onSession(level, text),
    });
    this.#websocket = websocket(
      {
        ...same,
        onReport: (report) => this.#unlessVirtio(() => listener.onReport(report)),
        onDemand: (demand) => this.#unlessVirtio(() => listener.onDemand(demand)),
        onSession: (level, text) => listener.onSession(level, text),
      },
      () => !this.#virtio.facts().connected,
    );
  }

  facts(): AgentFacts {
    const virtio = this.#virtio.facts();
    if (virtio.connected) return virtio;
    const websocket = this.#websocket.facts();
    return websocket.connected ? websocket : virtio;
  }

  send(message: HostMessage): void {
    this.#heard().send(message);
  }

  async close(): Promise<void> {
    await Promise.all([this.#virtio.close(), this.#websocket.close()]);
  }

  #heard(): AgentLink {
    return this.#virtio.facts().connected ? this.#virtio : this.#websocket;
  }

  /** A session over virtio-serial may have begun and not reported yet. */
  #unlessVirtio(run: () => void): void {
    if (this.#virtio.facts().connected) this.#websocket.yield();
    else run();
  }
}
