/** The channel over WebSocket, with connections that a test makes. */
import { CLOSE_CODES } from "@ballast/proto";
import { beforeEach, describe, expect, it } from "vitest";
import { BURST_UNITS, CHUNKS_PER_UNIT, UNITS_PER_SECOND } from "../../../../guest/src/link/reading-budget.ts";
import {
  type Connection,
  type ConnectionEvents,
  GOOD_CONNECTION_MS,
  HOST_QUIET_MS,
  LONGEST_RETRY_MS,
  MAX_DEBT_UNITS,
  WebSocketChannel,
} from "../../../../guest/src/link/websocket-channel.ts";

/** One attempt to connect, and what came of it. */
class FakeDial implements Connection {
  waitingBytes = 0;
  readonly sent: Uint8Array[] = [];
  ended: "closed" | "refused" | "destroyed" | undefined;
  paused = false;
  readonly events: ConnectionEvents;
  readonly cancelled: AbortSignal;
  readonly #resolve: (connection: Connection) => void;
  readonly #reject: (error: Error) => void;
  constructor(
    events: ConnectionEvents,
    cancelled: AbortSignal,
    resolve: (connection: Connection) => void,
    reject: (error: Error) => void,
  ) {
    this.events = events;
    this.cancelled = cancelled;
    this.#resolve = resolve;
    this.#reject = reject;
  }
  send(message: Uint8Array): void {
    this.sent.push(message);
  }
  close(): void {
    this.ended = "closed";
  }
  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
  }
  refuse(): void {
    this.ended = "refused";
  }
  destroy(): void {
    this.ended = "destroyed";
  }
  async succeed(): Promise<void> {
    this.#resolve(this);
    await new Promise(setImmediate);
  }
  async fail(problem: string): Promise<void> {
    this.#reject(new Error(problem));
    await new Promise(setImmediate);
  }
}

const bytes = (...values: number[]) => Uint8Array.from(values);

let dials: FakeDial[];
let channel: WebSocketChannel;
let heard: Uint8Array[];
let arrivals: number;

beforeEach(() => {
  dials = [];
  heard = [];
  arrivals = 0;
  channel = new WebSocketChannel({
    dial: (events, cancelled) =>
      new Promise((resolve, reject) => void dials.push(new FakeDial(events, cancelled, resolve, reject))),
    random: () => 0,
    onArrival: () => arrivals++,
  });
});

const poll = (nowMs: number) => channel.poll(nowMs, (envelope) => heard.push(envelope));

function newest(): FakeDial {
  const dial = dials.at(-1);
  if (dial === undefined) throw new Error("nobody dialled");
  return dial;
}

async function connected(nowMs = 0): Promise<FakeDial> {
  poll(nowMs);
  await newest().succeed();
  poll(nowMs);
  return newest();
}

describe("a connection", () => {
  it("is dialled at the first poll, and is up once the host took it", async () => {
    poll(0);
    poll(20);
    expect([dials.length, channel.state]).toEqual([1, "closed"]);
    await newest().succeed();
    expect(channel).toMatchObject({ state: "up", generation: 1, problem: undefined });
    expect(arrivals).toBe(1);
  });

  it("hands over what came with the next poll, and wakes the agent", async () => {
    const dial = await connected();
    dial.events.onMessage(bytes(1));
    dial.events.onMessage(bytes(2));
    expect(arrivals).toBe(3);
    poll(20);
    expect(heard).toEqual([bytes(1), bytes(2)]);
  });

  it("takes one envelope at a time while the host does not read, the newest of each kind", async () => {
    const dial = await connected();
    dial.waitingBytes = 10;
    channel.send("report", bytes(1));
    channel.send("report", bytes(2));
    channel.send("demand", bytes(3));
    expect(dial.sent).toEqual([]);
    dial.waitingBytes = 0;
    poll(20);
    expect(dial.sent).toEqual([bytes(3), bytes(2)]);
  });

  it("that says nothing for three heartbeats is cut, and pings count", async () => {
    const dial = await connected();
    poll(HOST_QUIET_MS - 1);
    dial.events.onControl();
    poll(HOST_QUIET_MS);
    poll(2 * HOST_QUIET_MS - 1);
    expect(dial.ended).toBeUndefined();
    poll(2 * HOST_QUIET_MS);
    expect(dial.ended).toBe("destroyed");
    expect(channel.problem).toMatch(/nothing came from the host/);
  });

  it("with more unread than a broker ever sends is cut", async () => {
    const dial = await connected();
    for (let sent = 0; sent < 5; sent++) dial.events.onMessage(new Uint8Array(64 * 1024));
    expect(dial.ended).toBe("destroyed");
    expect(channel.state).toBe("closed");
  });

  it.each(["messages", "pings"] as const)(
    "that sends %s without end is read at a bounded rate",
    async (what) => {
      const dial = await connected();
      let sent = 0;
      for (let nowMs = 0; nowMs <= 60_000; nowMs += 20) {
        for (; !dial.paused; sent++)
          if (what === "pings") dial.events.onControl();
          else dial.events.onMessage(bytes(1));
        poll(nowMs);
      }
      expect(dial.ended).toBeUndefined();
      expect(sent).toBeGreaterThan(60 * UNITS_PER_SECOND);
      expect(sent).toBeLessThan(BURST_UNITS + 61 * UNITS_PER_SECOND);
    },
  );

  it("that sent so much in one read that it would take long to pay for is cut", async () => {
    const dial = await connected();
    for (let sent = 0; sent <= BURST_UNITS + MAX_DEBT_UNITS; sent++) dial.events.onControl();
    expect(dial.ended).toBe("destroyed");
    expect(channel.problem).toMatch(/floods/);
  });

  it("over which little comes at a time, without end, is read at a bounded rate", async () => {
    const dial = await connected();
    for (let read = 1; read < CHUNKS_PER_UNIT * BURST_UNITS; read++) dial.events.onChunk();
    expect(dial.paused).toBe(false);
    dial.events.onChunk();
    expect(dial.paused).toBe(true);
    poll(1_000);
    expect(dial.paused).toBe(false);
  });

  it("that sends text is refused, and tried again later and later", async () => {
    const pauses: number[] = [];
    let nowMs = 0;
    for (let attempt = 0; attempt < 4; attempt++) {
      const dial = await connected(nowMs);
      dial.events.onMessage(bytes(1));
      dial.events.onText();
      expect(dial.ended).toBe("refused");
      const before = dials.length;
      const failedAtMs = nowMs;
      for (poll(nowMs); dials.length === before; poll(nowMs)) nowMs += 250;
      pauses.push(nowMs - failedAtMs);
    }
    expect(pauses).toEqual([500, 1000, 2000, 4000]);
    expect(channel.problem).toMatch(/sent text/);
  });
});

describe("a host that cannot be reached", () => {
  it("is dialled again after growing pauses, and named", async () => {
    const pauses: number[] = [];
    let nowMs = 0;
    for (let attempt = 0; attempt < 10; attempt++) {
      poll(nowMs);
      await newest().fail("no program listens");
      const failedAtMs = nowMs;
      const before = dials.length;
      for (poll(nowMs); dials.length === before; ) {
        nowMs += 250;
        poll(nowMs);
      }
      pauses.push(nowMs - failedAtMs);
    }
    expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    expect(channel.problem).toBe("no program listens");
  });

  it("is dialled by many guests at different moments", async () => {
    const waits = [0, 0.5, 1].map(async (random) => {
      let count = 0;
      const one = new WebSocketChannel({
        dial: () => {
          count++;
          return Promise.reject(new Error("no"));
        },
        random: () => random,
        onArrival: () => {},
      });
      let nowMs = 0;
      one.poll(nowMs, () => {});
      await new Promise(setImmediate);
      for (one.poll(nowMs, () => {}); count < 2; nowMs++) one.poll(nowMs, () => {});
      return nowMs - 1;
    });
    expect(await Promise.all(waits)).toEqual([500, 375, 250]);
  });

  it("is dialled soon after a connection that lasted, later after each that did not, and late after another agent took over", async () => {
    await connected();
    newest().events.onEnd("broke", 1006);
    poll(500);
    poll(1_000);
    expect(dials).toHaveLength(2);
    await newest().succeed();
    newest().events.onMessage(bytes(1));
    newest().events.onEnd("broke", 1006);
    poll(1_000);
    poll(1_999);
    expect(dials).toHaveLength(2);
    poll(2_000);
    await newest().succeed();
    poll(2_000);
    poll(2_000 + GOOD_CONNECTION_MS);
    newest().events.onEnd("broke", 1006);
    poll(20_000);
    poll(20_500);
    expect(dials).toHaveLength(4);
    await newest().succeed();
    newest().events.onEnd("another agent took over", CLOSE_CODES.superseded);
    poll(30_000);
    poll(30_000 + LONGEST_RETRY_MS - 1);
    expect(dials).toHaveLength(4);
    poll(30_000 + LONGEST_RETRY_MS);
    expect(dials).toHaveLength(5);
  });
});

describe("a channel that is closed", () => {
  it("closes its connection, and is dialled by the next poll", async () => {
    const dial = await connected();
    channel.rest();
    expect([dial.ended, channel.state]).toEqual(["closed", "closed"]);
    dial.events.onEnd("broke", 1006);
    dial.events.onMessage(bytes(1));
    poll(10);
    expect([dials.length, heard.length, channel.problem]).toEqual([2, 0, undefined]);
  });

  it("while dialling closes what comes of it", async () => {
    poll(0);
    channel.rest();
    const [dial] = dials;
    expect(dial?.cancelled.aborted).toBe(true);
    await dial?.succeed();
    expect([dial?.ended, channel.state]).toEqual(["closed", "closed"]);
  });

  it("for good is not dialled again", async () => {
    await connected();
    channel.close();
    poll(100_000);
    expect(dials).toHaveLength(1);
  });
});
