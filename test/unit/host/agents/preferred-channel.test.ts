/** Two channels of one guest: virtio-serial wins, and there is one voice. */
import { beforeEach, describe, expect, it } from "vitest";
import { createBothChannels } from "../../../../host/src/agents/preferred-channel.ts";
import type { AgentLink, AgentListener, HostMessage } from "../../../../host/src/model/adapters.ts";
import type { AgentFacts, GuestReport } from "../../../../host/src/model/guest.ts";

/** A channel whose state a test sets. */
class FakePort implements AgentLink {
  connected = false;
  yields = 0;
  readonly calls: string[] = [];
  readonly #transport: AgentFacts["transport"];
  constructor(transport: AgentFacts["transport"]) {
    this.#transport = transport;
  }
  facts(): AgentFacts {
    return { connected: this.connected, transport: this.#transport, problem: `${this.#transport} is silent` };
  }
  send({ type }: HostMessage): void {
    this.calls.push(type);
  }
  yield(): void {
    this.yields++;
    this.connected = false;
  }
  async close(): Promise<void> {
    this.calls.push("close");
  }
}

const report = (receivedAtMs: number): GuestReport => ({
  receivedAtMs,
  bootId: "b",
  sampledAtMs: 0,
  totalBytes: 2,
  availableBytes: 1,
  pressure: "none",
});
const demand = { receivedAtMs: 0, sequence: 7, level: "critical", needBytes: 1 } as const;
const reply: HostMessage = {
  type: "demand-reply",
  demandSequence: 7,
  answer: { outcome: "refused", grantedBytes: 0, targetBytes: 0, reason: "demand" },
};

let virtio: FakePort;
let websocket: FakePort;
let ofVirtio: AgentListener;
let ofWebsocket: AgentListener;
let mayOpen: () => boolean;
let both: AgentLink;
let heard: string[];

beforeEach(() => {
  virtio = new FakePort("virtio-serial");
  websocket = new FakePort("websocket");
  heard = [];
  both = createBothChannels({
    listener: {
      fullBytes: () => 512,
      uncountedBytes: () => 0,
      onSizeDoubted: () => {},
      onBoot: (bootId) => heard.push(`boot ${bootId}`),
      onReport: ({ receivedAtMs }) => heard.push(`report ${receivedAtMs}`),
      onDemand: ({ sequence }) => heard.push(`demand ${sequence}`),
      onSession: (_, text) => heard.push(text),
    },
    virtio: (listener) => {
      ofVirtio = listener;
      return virtio;
    },
    websocket: (listener, may) => {
      ofWebsocket = listener;
      mayOpen = may;
      return websocket;
    },
  });
});

describe("a guest with two channels", () => {
  it("uses WebSocket while virtio-serial has no session", () => {
    websocket.connected = true;
    expect(mayOpen()).toBe(true);
    ofWebsocket.onReport(report(1));
    ofWebsocket.onDemand(demand);
    both.send(reply);
    both.send({ type: "inflation-notice", targetBytes: 5, inflateBytes: 1 });
    expect(heard).toEqual(["report 1", "demand 7"]);
    expect(websocket.calls).toEqual(["demand-reply", "inflation-notice"]);
    expect(both.facts()).toMatchObject({ connected: true, transport: "websocket" });
  });

  it("uses only virtio-serial once it has a session there", () => {
    virtio.connected = true;
    websocket.connected = true;
    expect(mayOpen()).toBe(false);
    ofWebsocket.onReport(report(1));
    ofWebsocket.onDemand(demand);
    expect(heard).toEqual([]);
    expect(websocket.yields).toBeGreaterThan(0);
    ofVirtio.onDemand(demand);
    both.send(reply);
    expect(heard).toEqual(["demand 7"]);
    expect(virtio.calls).toEqual(["demand-reply"]);
    expect(both.facts()).toMatchObject({ connected: true, transport: "virtio-serial" });
  });

  it("ends what speaks over WebSocket when virtio-serial speaks", () => {
    websocket.connected = true;
    ofVirtio.onReport(report(2));
    expect({ heard, yields: websocket.yields }).toEqual({ heard: ["report 2"], yields: 1 });
  });

  it("shows the problem of virtio-serial when neither has a session", () => {
    expect(both.facts()).toMatchObject({ connected: false, problem: "virtio-serial is silent" });
  });

  it("has the same size and the same boots on both", () => {
    expect([ofVirtio.fullBytes(), ofWebsocket.fullBytes()]).toEqual([512, 512]);
    ofVirtio.onBoot("a");
    ofWebsocket.onBoot("b");
    expect(heard).toEqual(["boot a", "boot b"]);
  });

  it("has both closed", async () => {
    await both.close();
    expect([virtio.calls, websocket.calls]).toEqual([["close"], ["close"]]);
  });
});
