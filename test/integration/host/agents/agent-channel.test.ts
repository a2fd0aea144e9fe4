/** What is particular to the agent channel over virtio-serial: streams and unix sockets. The rest is in `contract/agent-channel`. */
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import type { AgentChannel } from "../../../../host/src/agents/agent-channel.ts";
import { createAgentChannel } from "../../../../host/src/agents/virtio-channel.ts";
import type { GuestDemand, GuestReport } from "../../../../host/src/model/guest.ts";
import { FakeAgentPort } from "../../../fakes/fake-agent-port.ts";
import { HandTimers } from "../../../fakes/hand-timers.ts";
import { socketFolder } from "../../../fakes/socket-folder.ts";

const PATIENCE = { timeout: 10_000, interval: 2 };
const until = (condition: () => boolean) => vi.waitUntil(condition, PATIENCE);

let path: string;
let timers: HandTimers;
let lines: string[];
let reports: GuestReport[];
let demands: GuestDemand[];

beforeEach(() => {
  path = join(socketFolder(), "agent");
  timers = new HandTimers();
  lines = [];
  reports = [];
  demands = [];
});

function openChannel(): AgentChannel {
  const silent = () => {};
  const channel: AgentChannel = createAgentChannel({
    path,
    guestName: "web1",
    clock: { nowMs: () => timers.nowMs(), wallMs: () => 0 },
    timers,
    log: { debug: silent, info: silent, warn: silent, error: silent },
    random: () => 0,
    tuning: { heartbeatMs: 3_000 },
    staleAfterMs: 10_000,
    listener: {
      fullBytes: () => undefined,
      uncountedBytes: () => 0,
      onSizeDoubted: () => {},
      onBoot: () => {},
      onReport: (report) => reports.push(report),
      onDemand: (demand) => demands.push(demand),
      onSession: (_, text) => lines.push(text),
    },
  });
  onTestFinished(async () => {
    const closed = channel.close();
    timers.advance(1_000);
    await closed;
  });
  return channel;
}

/** Lets the next attempt to connect begin. */
async function nextAttempt(): Promise<void> {
  await until(() => timers.delays.length > 0);
  timers.advance(5_000);
}

describe("an agent that cannot be talked to", () => {
  test("because another client holds the channel is explained after 15 seconds, and served when that one leaves", async () => {
    const port = await FakeAgentPort.listen(path);
    const other = connect(path);
    await port.host();
    const channel = openChannel();
    await until(() => timers.delays.length > 0);
    timers.advance(15_000);
    expect(channel.facts().problem).toContain("another program holds the channel");
    expect(lines).toHaveLength(1);
    other.destroy();
    await until(() => !port.connected || other.destroyed);
    await vi.waitUntil(async () => {
      port.hello();
      return channel.facts().connected;
    }, PATIENCE);
    expect(channel.facts().problem).toBeUndefined();
  });
});

describe("a bad stream", () => {
  test("cut anywhere is put together again", async () => {
    const port = await FakeAgentPort.listen(path);
    openChannel();
    await port.begin();
    const frame = port.frame({ type: "demand", level: "low", needBytes: 5 });
    for (const byte of frame) {
      port.write(Uint8Array.of(byte));
      await new Promise(setImmediate);
    }
    await until(() => demands.length === 1);
  });

  test("with noise between frames loses the noise only", async () => {
    const port = await FakeAgentPort.listen(path);
    const channel = openChannel();
    await port.begin();
    port.write(Buffer.from("\xf7login: root\n", "latin1"));
    port.report();
    port.write(port.frame({ type: "report" }).subarray(0, 9));
    port.demand(9);
    // The header that was cut short claims bytes of what follows: the next frames release it.
    for (let index = 0; index < 20; index++) port.report();
    await until(() => demands.length === 1 && reports.length === 21);
    expect(channel.counters().discardedBytes).toBe(13 + 9);
  });

  test("of noise only is closed, logged once, and tried again after the longest pause", async () => {
    const port = await FakeAgentPort.listen(path);
    const channel = openChannel();
    for (let round = 0; round < 3; round++) {
      await port.host();
      port.write(Buffer.alloc(300 * 1024, "#"));
      await until(() => !port.connected && timers.delays.includes(5_000));
      expect(channel.facts().problem).toContain("noise instead of frames");
      timers.advance(5_000);
    }
    expect(lines).toHaveLength(1);
    await port.begin();
    expect(channel.facts()).toMatchObject({ connected: true });
    expect(channel.facts().problem).toBeUndefined();
  });
});

describe("a channel that is not there", () => {
  test("is logged once with its path, and found when it appears", async () => {
    const channel = openChannel();
    await nextAttempt();
    await nextAttempt();
    const problem = `no agent channel at ${path}: the guest is off, or has no such chardev`;
    expect(channel.facts()).toEqual({ connected: false, transport: "virtio-serial", problem });
    expect(lines).toEqual([problem]);
    const port = await FakeAgentPort.listen(path);
    await nextAttempt();
    await port.begin();
    expect(channel.facts().connected).toBe(true);
  });

  test("is tried with growing pauses up to five seconds", async () => {
    openChannel();
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 7; attempt++) {
      await until(() => timers.delays.length > 0);
      pauses.push(...timers.delays);
      timers.advance(5_000);
    }
    expect(pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
  });

  test("because a file is in its place has a problem that says so", async () => {
    writeFileSync(path, "");
    const channel = openChannel();
    await until(() => channel.facts().problem !== undefined);
    expect(channel.facts().problem).toMatch(/no program listens on|is no socket/);
  });

  test("because its path is too long has a problem that says so", async () => {
    path = join(path, "x".repeat(120));
    const channel = openChannel();
    await until(() => channel.facts().problem !== undefined);
    expect(channel.facts().problem).toContain("longer than 107 bytes");
  });

  test("because QEMU went away is tried again soon, and the session begins anew", async () => {
    const port = await FakeAgentPort.listen(path);
    const channel = openChannel();
    await port.begin();
    port.report();
    await until(() => reports.length === 1);
    port.drop();
    await until(() => timers.delays.includes(250));
    expect(channel.facts()).toMatchObject({ connected: false, problem: expect.stringContaining("ended") });
    timers.advance(250);
    await port.begin();
    expect(channel.facts().connected).toBe(true);
  });

  test("does not keep a closed port busy", async () => {
    const channel = openChannel();
    await until(() => timers.delays.length > 0);
    await channel.close();
    expect(timers.delays).toEqual([]);
  });
});
