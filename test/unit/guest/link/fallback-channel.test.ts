/** Two channels, one voice: the port where it serves, WebSocket where it does not. */
import { beforeEach, describe, expect, it } from "vitest";
import type { RestingChannel } from "../../../../guest/src/link/channel.ts";
import {
  FallbackChannel,
  MUTE_PORT_MS,
  MUTE_PORT_RETRY_MS,
  PORT_GRACE_MS,
} from "../../../../guest/src/link/fallback-channel.ts";
import type { StreamState } from "../../../../guest/src/link/link.ts";
import type { Lane } from "../../../../guest/src/link/outbox.ts";

/** A channel that a test opens and closes. */
class FakeChannel implements RestingChannel {
  state: StreamState = "absent";
  generation = 0;
  problem: string | undefined;
  descriptor: number | undefined;
  polls = 0;
  rests = 0;
  closes = 0;
  readonly sent: string[] = [];
  readonly fromHost: Uint8Array[] = [];
  poll(_nowMs: number, onEnvelope: (envelope: Uint8Array) => void): void {
    this.polls++;
    for (const envelope of this.fromHost.splice(0)) onEnvelope(envelope);
  }
  send(lane: Lane): void {
    this.sent.push(lane);
  }
  rest(): void {
    this.rests++;
    this.state = "closed";
  }
  close(): void {
    this.closes++;
  }
  /** A host comes to the other end. */
  open(): void {
    this.state = "up";
    this.generation++;
  }
}

const WORD = Uint8Array.of(1);

let port: FakeChannel;
let remote: FakeChannel;
let both: FallbackChannel;
let heard: Uint8Array[];
let lines: string[];

beforeEach(() => {
  port = new FakeChannel();
  remote = new FakeChannel();
  lines = [];
  heard = [];
  both = new FallbackChannel(port, remote, { write: (level, text) => lines.push(`${level} ${text}`) });
});

const poll = (nowMs: number) => both.poll(nowMs, (envelope) => heard.push(envelope));

/** Polls every 100 ms. */
function pass(fromMs: number, untilMs: number): void {
  for (let nowMs = fromMs; nowMs <= untilMs; nowMs += 100) poll(nowMs);
}

describe("an agent with a port and WebSocket", () => {
  it("never touches WebSocket while a host is at the port", () => {
    port.open();
    port.fromHost.push(WORD);
    pass(0, 60_000);
    both.send("report", WORD);
    expect({ state: both.state, polls: remote.polls, port: port.sent, heard: heard.length }).toEqual({
      state: "up",
      polls: 0,
      port: ["report"],
      heard: 1,
    });
  });

  it("goes to WebSocket after a moment without a host, and says why", () => {
    port.problem = "no virtio-serial port";
    pass(0, PORT_GRACE_MS - 100);
    expect(remote.polls).toBe(0);
    remote.open();
    pass(PORT_GRACE_MS, PORT_GRACE_MS);
    both.send("control", WORD);
    expect(both.state).toBe("up");
    expect({ port: port.sent, remote: remote.sent }).toEqual({ port: [], remote: ["control"] });
    expect(lines).toEqual(["info trying WebSocket: no virtio-serial port"]);
  });

  it("stays at the port over a moment without a host", () => {
    port.open();
    poll(0);
    port.state = "absent";
    pass(100, 900);
    port.open();
    pass(1_000, 5_000);
    expect(remote.polls).toBe(0);
  });

  it("returns to the port as soon as a host is there, and leaves WebSocket", () => {
    remote.open();
    pass(0, 2_000);
    port.open();
    poll(2_100);
    both.send("report", WORD);
    expect({ rests: remote.rests, port: port.sent, remote: remote.sent }).toEqual({
      rests: 1,
      port: ["report"],
      remote: [],
    });
    expect(lines.at(-1)).toContain("leaving WebSocket");
  });

  it("shows every change of the way as another connection", () => {
    const generations = new Set<number>();
    const note = (nowMs: number) => {
      poll(nowMs);
      generations.add(both.generation);
    };
    port.open();
    note(0);
    port.state = "absent";
    for (let nowMs = 100; nowMs < 2_000; nowMs += 100) note(nowMs);
    remote.open();
    note(2_000);
    remote.generation++;
    note(2_100);
    port.state = "up";
    note(2_200);
    expect(generations.size).toBe(5);
  });

  it("receives nothing from the channel that it does not use", () => {
    remote.open();
    pass(0, 2_000);
    port.fromHost.push(WORD);
    poll(2_100);
    expect(heard).toEqual([]);
  });

  it("leaves a port whose host never speaks, and tries it again when WebSocket is gone", () => {
    port.open();
    pass(0, MUTE_PORT_MS + PORT_GRACE_MS + 200);
    remote.open();
    pass(30_000, 31_000);
    expect(lines.at(-1)).toContain("no broker is heard over the virtio-serial port");
    pass(31_100, 31_100 + MUTE_PORT_RETRY_MS);
    expect(remote.rests).toBe(0);
    remote.state = "closed";
    pass(400_000, 400_100);
    expect(remote.rests).toBe(1);
  });

  it("gives another host at the port its chance at once", () => {
    port.open();
    pass(0, MUTE_PORT_MS + PORT_GRACE_MS + 200);
    remote.open();
    port.state = "absent";
    poll(30_000);
    port.open();
    poll(30_100);
    both.send("report", WORD);
    expect(port.sent).toEqual(["report"]);
  });

  it("watches the channel that it uses, shows its problem, and closes both", () => {
    port.open();
    port.descriptor = 7;
    poll(0);
    expect(both.descriptor).toBe(7);
    port.state = "absent";
    remote.problem = "no program listens";
    pass(100, 2_000);
    expect([both.descriptor, both.problem]).toEqual([undefined, "no program listens"]);
    both.close();
    expect([port.closes, remote.closes]).toEqual([1, 1]);
  });
});
