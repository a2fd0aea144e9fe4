/** What an agent's channel does, whatever carries it: the same sessions and messages over virtio-serial and WebSocket. */
import { readdirSync, readFileSync } from "node:fs";
import { FrameReader } from "@ballast/proto";
import { describe, expect, test, vi } from "vitest";
import type { AgentChannel } from "../../host/src/agents/agent-channel.ts";
import type { AgentFacts, GuestDemand, GuestReport } from "../../host/src/model/guest.ts";
import type { HandTimers } from "../fakes/hand-timers.ts";
import type { ScriptedAgent } from "../fakes/scripted-agent.ts";

const MIB = 1024 * 1024;
const PATIENCE = { timeout: 10_000, interval: 2 };
const RECORDED = new URL("../fixtures/wire/v1/", import.meta.url);
const until = (condition: () => boolean) => vi.waitUntil(condition, PATIENCE);

/** Both ends of one channel, and what the host's end told. */
export interface ChannelUnderTest {
  readonly transport: AgentFacts["transport"];
  readonly channel: AgentChannel;
  readonly agent: ScriptedAgent;
  readonly timers: HandTimers;
  readonly lines: string[];
  readonly boots: string[];
  readonly reports: GuestReport[];
  readonly demands: GuestDemand[];
  /** Both ends are connected again after the connection broke. */
  readonly reconnect: () => Promise<void>;
}

/** Opens both ends; the agent has not spoken yet. Demands are answered at once. */
export type OpenChannel = () => Promise<ChannelUnderTest>;

/** The contract; `name` names the transport. */
export function describeAgentChannel(name: string, open: OpenChannel): void {
  describe(`an agent's channel over ${name}`, () => {
    describeSessions(open);
    describeOddAgents(open);
    describeRecordings(open);
  });
}

function describeSessions(open: OpenChannel): void {
  test("is silent until the guest speaks, then carries reports, and tells of itself", async () => {
    const { agent, channel, reports, transport } = await open();
    await agent.host();
    expect(channel.facts()).toEqual({ connected: false, transport });
    expect(agent.received).toEqual([]);
    await agent.begin({ capabilities: ["deflate-on-oom"], os: "linux" });
    agent.report(77 * MIB);
    await agent.hears("ack");
    expect(reports).toMatchObject([{ availableBytes: 77 * MIB, bootId: "boot-1" }]);
    expect(channel.facts()).toEqual({
      connected: true,
      transport,
      version: "0.1.0",
      osFamily: "linux",
      deflateOnOom: true,
    });
  });

  test("sends the agent its settings in the Welcome", async () => {
    const { agent } = await open();
    await agent.host();
    agent.hello();
    expect(await agent.hears("welcome")).toMatchObject({ version: 1, tuning: { heartbeatMs: 3_000 } });
  });

  test("answers a demand before the handler returns", async () => {
    const { agent, demands } = await open();
    await agent.begin();
    const demandSequence = agent.demand(64 * MIB);
    expect(await agent.hears("demand-reply")).toEqual({
      type: "demand-reply",
      demandSequence,
      outcome: "granted",
      grantedBytes: 64 * MIB,
      targetBytes: 264 * MIB,
    });
    expect(demands).toMatchObject([{ needBytes: 64 * MIB, level: "critical", sequence: demandSequence }]);
  });

  test("carries notices of a coming inflation", async () => {
    const { agent, channel } = await open();
    await agent.begin();
    const notice = { type: "inflation-notice", targetBytes: 256 * MIB, inflateBytes: 32 * MIB } as const;
    channel.send(notice);
    expect(await agent.hears("inflation-notice")).toEqual(notice);
  });

  test("ends with a goodbye when the broker stops", async () => {
    const { agent, channel } = await open();
    await agent.begin();
    await channel.close();
    expect(await agent.hears("goodbye")).toMatchObject({ reason: "shutdown" });
    await until(() => !agent.connected);
  });

  test("tells once of a session that goes silent, which no longer counts as connected", async () => {
    const { agent, channel, lines, timers } = await open();
    await agent.begin();
    timers.advance(12_000);
    expect(lines.filter((line) => line.includes("nothing heard"))).toEqual([
      "nothing heard from the agent for 10 s",
    ]);
    expect(channel.facts()).toMatchObject({
      connected: false,
      problem: "nothing heard from the agent for 12 s",
    });
    agent.report();
    await until(() => channel.facts().connected);
  });

  test("starts over with a guest that rebooted, and tells of its new boot before its first report", async () => {
    const { agent, lines, reports, boots } = await open();
    await agent.begin();
    agent.report();
    await until(() => reports.length === 1);
    expect(boots).toEqual([]);
    await agent.begin({ bootId: "boot-2" });
    expect(boots).toEqual(["boot-2"]);
    expect(lines.at(-1)).toContain("the guest rebooted");
    agent.report();
    await until(() => reports.at(-1)?.bootId === "boot-2");
  });

  test("begins a new session with a second Hello, and turns frames of the first away", async () => {
    const { agent, reports } = await open();
    await agent.begin();
    const old = agent.session;
    await agent.begin();
    expect(agent.session).not.toBe(old);
    agent.session = old;
    agent.report();
    expect(await agent.hears("goodbye")).toMatchObject({ reason: "unknown-session" });
    expect(reports).toEqual([]);
  });

  test("names a connection that broke, and begins anew in the same boot", async () => {
    const { agent, channel, lines, reconnect, reports, boots } = await open();
    await agent.begin();
    agent.report();
    await until(() => reports.length === 1);
    agent.drop();
    await until(() => !channel.facts().connected);
    expect(channel.facts().problem).toMatch(/ended|broke/);
    expect(lines.at(-1)).toBe(channel.facts().problem);
    await reconnect();
    await agent.begin();
    expect(boots).toEqual([]);
    expect(channel.facts()).toMatchObject({ connected: true });
    expect(channel.facts().problem).toBeUndefined();
  });
}

function describeOddAgents(open: OpenChannel): void {
  test("tells both sides when they have no version in common, and takes a later agent that fits", async () => {
    const { agent, channel } = await open();
    await agent.host();
    agent.hello({ minVersion: 7, maxVersion: 8 });
    expect(await agent.hears("goodbye")).toMatchObject({ reason: "version", minVersion: 1, maxVersion: 1 });
    await until(() => channel.facts().problem !== undefined);
    expect(channel.facts()).toMatchObject({
      connected: false,
      problem: expect.stringContaining("protocol 7 to 8"),
    });
    await agent.begin();
    expect(channel.facts().problem).toBeUndefined();
  });

  test("agrees with a newer agent on the version that both speak", async () => {
    const { agent } = await open();
    await agent.host();
    agent.hello({ minVersion: 1, maxVersion: 9 });
    expect(await agent.hears("welcome")).toMatchObject({ version: 1 });
  });

  test("makes an agent with a session of an earlier broker say Hello", async () => {
    const { agent, reports } = await open();
    await agent.host();
    agent.session = "deadbeefdeadbeef";
    agent.report();
    expect(await agent.hears("goodbye")).toMatchObject({ reason: "unknown-session" });
    await agent.begin();
    agent.report();
    await until(() => reports.length === 1);
  });

  test("refuses a report that cannot be true, and says why", async () => {
    const { agent, channel, lines, reports } = await open();
    await agent.begin();
    agent.report(481 * MIB);
    await until(() => channel.facts().problem !== undefined);
    expect(lines.at(-1)).toContain("available 481 MiB is more than the total of 480 MiB");
    expect(reports).toEqual([]);
  });

  test("tells once of envelopes that cannot be read, and goes on", async () => {
    const { agent, channel, lines, reports } = await open();
    await agent.begin();
    for (let index = 0; index < 10; index++) agent.replay(Uint8Array.of(0xff, 0xff, index));
    agent.report();
    await until(() => reports.length === 1);
    expect(channel.counters().framesUnreadable).toBe(10);
    expect(lines.filter((line) => line.includes("cannot be read"))).toHaveLength(1);
  });

  test("cuts more demands than allowed down to the allowed rate", async () => {
    const { agent, channel, demands, lines } = await open();
    await agent.begin();
    for (let index = 0; index < 400; index++) agent.demand(1);
    await until(() => channel.counters().framesHeard === 401);
    expect(demands).toHaveLength(100);
    expect(lines.filter((line) => line.includes("too many demands"))).toHaveLength(1);
  });

  test("reads more bytes than allowed more slowly, and loses nothing of them", async () => {
    const { agent, channel, timers } = await open();
    await agent.begin();
    const padded = Buffer.alloc(32 * 1024);
    const copies = (3 * MIB) / padded.length;
    const before = timers.delays.length;
    for (let index = 0; index < copies; index++) agent.replay(padded);
    await until(() => timers.delays.length > before);
    expect(channel.counters().framesHeard).toBeLessThan(copies);
    await vi.waitUntil(() => {
      timers.advance(500);
      return channel.counters().framesHeard === copies + 1;
    }, PATIENCE);
  });

  test("drops courtesies to a guest that does not read, and never grows without end", async () => {
    const { agent, channel } = await open();
    await agent.begin();
    agent.stopReading();
    await vi.waitUntil(async () => {
      for (let index = 0; index < 1_000; index++)
        channel.send({ type: "inflation-notice", targetBytes: MIB, inflateBytes: MIB });
      await new Promise(setImmediate);
      return channel.counters().unsentMessages > 0;
    }, PATIENCE);
  });
}

/** Envelopes that agents of this release send, as recorded; the files never change. */
function describeRecordings(open: OpenChannel): void {
  const recorded = (name: string) => {
    const [event] = new FrameReader().push(readFileSync(new URL(`${name}.bin`, RECORDED)));
    if (event?.type !== "frame") throw new Error(`${name}.bin holds no frame`);
    return event.payload;
  };
  const hellos = readdirSync(RECORDED).filter((file) => /^hello.*\.bin$/.test(file));

  test.each(hellos)("welcomes the recorded %s", async (file) => {
    const { agent, channel } = await open();
    await agent.host();
    agent.replay(recorded(file.replace(/\.bin$/, "")));
    await agent.hears("welcome");
    expect(channel.facts().connected).toBe(true);
  });

  test("understands the recorded reports and demands within a session, and refuses those that lack what is needed", async () => {
    const { agent, channel, reports, demands } = await open();
    await agent.begin();
    for (const name of ["report-full", "report-sparse", "report-empty", "demand-full", "demand-sparse"]) {
      const envelope = JSON.parse(readFileSync(new URL(`${name}.json`, RECORDED), "utf8"));
      agent.say(envelope.message);
    }
    await until(() => channel.counters().framesHeard === 6);
    expect(reports).toHaveLength(1);
    expect(channel.counters().reportsRefused).toBe(2);
    expect(demands).toHaveLength(2);
  });
}
