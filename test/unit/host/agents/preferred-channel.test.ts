/** Two channels of one guest: virtio-serial wins, and there is one voice. */
import { beforeEach, describe, expect, it } from "vitest";
import { createBothChannels } from "../../../../host/src/agents/preferred-channel.ts";
import type { AgentLink, AgentListener } from "../../../../host/src/model/adapters.ts";
import type { AgentFacts, GuestReport } from "../../../../host/src/model/guest.ts";

/** A channel whose state a test sets. */
class FakePort implements AgentLink {
  connected = false;
  newest: GuestReport | undefined;
  yields = 0;
  readonly calls: string[] = [];
  readonly #transport: AgentFacts["transport"];
  constructor(transport: AgentFacts["transport"]) {
    this.#transport = transport;
  }
  facts(): AgentFacts {
    return { connected: this.connected, transport: this.#transport, problem: `${this.#transport} is silent` };
  }
  report(): GuestReport | undefined {
    return this.newest;
  }
  answer(sequence: number): void {
    this.calls.push(`answer ${sequence}`);
  }
  noticeInflation(targetBytes: number): void {
    this.calls.push(`notice ${targetBytes}`);
  }
  setMaxBytes(maxBytes: number): void {
    this.calls.push(`max ${maxBytes}`);
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
const answer = { outcome: "refused", grantedBytes: 0, targetBytes: 0, reason: "demand" } as const;

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
  it("is heard over WebSocket while nothing lives on virtio-serial", () => {
    websocket.connected = true;
    expect(mayOpen()).toBe(true);
    ofWebsocket.onReport(report(1));
    ofWebsocket.onDemand(demand);
    both.answer(7, answer);
    both.noticeInflation(5, 1);
    expect(heard).toEqual(["report 1", "demand 7"]);
    expect(websocket.calls).toEqual(["answer 7", "notice 5"]);
    expect(both.facts()).toMatchObject({ connected: true, transport: "websocket" });
  });

  it("is heard over virtio-serial alone once a session lives there", () => {
    virtio.connected = true;
    websocket.connected = true;
    expect(mayOpen()).toBe(false);
    ofWebsocket.onReport(report(1));
    ofWebsocket.onDemand(demand);
    expect(heard).toEqual([]);
    expect(websocket.yields).toBeGreaterThan(0);
    ofVirtio.onDemand(demand);
    both.answer(7, answer);
    expect(heard).toEqual(["demand 7"]);
    expect(virtio.calls).toEqual(["answer 7"]);
    expect(both.facts()).toMatchObject({ connected: true, transport: "virtio-serial" });
  });

  it("ends what speaks over WebSocket when virtio-serial speaks", () => {
    websocket.connected = true;
    ofVirtio.onReport(report(2));
    expect({ heard, yields: websocket.yields }).toEqual({ heard: ["report 2"], yields: 1 });
  });

  it("is known by the newest report of either, and by virtio-serial's trouble when neither lives", () => {
    expect(both.report()).toBeUndefined();
    websocket.newest = report(5);
    expect(both.report()?.receivedAtMs).toBe(5);
    virtio.newest = report(9);
    expect(both.report()?.receivedAtMs).toBe(9);
    websocket.newest = report(10);
    expect(both.report()?.receivedAtMs).toBe(10);
    expect(both.facts()).toMatchObject({ connected: false, problem: "virtio-serial is silent" });
  });

  it("has its size told to both, and both closed", async () => {
    both.setMaxBytes(3);
    await both.close();
    expect([virtio.calls, websocket.calls]).toEqual([
      ["max 3", "close"],
      ["max 3", "close"],
    ]);
  });
});
