/** When the agent's loop looks: after its interval, or sooner when something happened. */

import { decodeEnvelope, encodeEnvelope, type Message, type UnknownMessage } from "@ballast/proto";
import { beforeEach, describe, expect, it } from "vitest";
import type { Channel } from "../../../../guest/src/link/channel.ts";
import {
  Agent,
  LONGEST_DOZE_MS,
  LOOKS_PER_CLOCK,
  NEWS_AT_ONCE,
  NEWS_PER_SECOND,
  SHORTEST_WAKE_MS,
} from "../../../../guest/src/session/agent.ts";
import { HandTimers } from "../../../fakes/hand-timers.ts";

const PORT_FD = 7;
const NONCE = "0000000000000001";
const SESSION = "00000000000000a1";

let timers: HandTimers;
let looks: number[];
let firstLooks: number[];
let isUnchanged: boolean;
let doze: ((ms: number) => boolean) | undefined;
/** Time that passed while it dozed. */
let dozedMs: number;
let watched: (number | undefined)[];
let fromHost: Uint8Array[];
let agent: Agent;

/** A channel with a host that says what the test puts into `fromHost`. */
function testChannel(): Channel {
  const nothing = () => {};
  return {
    state: "up",
    generation: 0,
    problem: undefined,
    descriptor: PORT_FD,
    poll: (_nowMs, onEnvelope) => {
      for (const envelope of fromHost.splice(0)) onEnvelope(envelope);
    },
    send: nothing,
    close: nothing,
  };
}

function hostSays(message: Message): void {
  fromHost.push(encodeEnvelope({ session: SESSION, sequence: 1, message }));
  agent.hear();
  timers.advance(0);
}

beforeEach(() => {
  timers = new HandTimers();
  looks = [];
  firstLooks = [];
  isUnchanged = false;
  doze = undefined;
  dozedMs = 0;
  watched = [];
  fromHost = [];
  const traits = { pageSizeBytes: 4096, balloon: false, deflateOnOom: false };
  agent = new Agent(
    {
      nowMs: () => timers.nowMs() + dozedMs,
      schedule: (ms, task) => timers.after(ms, task),
      sampler: {
        read: (nowMs) => {
          looks.push(nowMs);
          const meminfo = { totalBytes: 2 ** 34, availableBytes: 2 ** 33 };
          return { sampledAtMs: nowMs, meminfo, counters: undefined, slow: {} };
        },
        isUnchanged: (nowMs) => {
          firstLooks.push(nowMs);
          return isUnchanged;
        },
      },
      channel: testChannel(),
      watch: (descriptor) => watched.push(descriptor),
      get doze() {
        return doze;
      },
      log: { write: () => {} },
      newNonce: () => NONCE,
      cpuUs: () => 0,
    },
    { bootId: "b", os: "linux", osVersion: "6.1", agentVersion: "0", traits, capabilities: [] },
  );
  agent.start();
});

describe("the agent's loop", () => {
  beforeEach(() => {
    hostSays({ type: "welcome", version: 1, session: SESSION, nonce: NONCE });
    timers.advance(SHORTEST_WAKE_MS);
    looks = [];
    watched = [];
  });
  const soon = () => timers.advance(SHORTEST_WAKE_MS);

  it("watches the channel after each sample", () => {
    timers.advance(4000);
    expect(looks).toHaveLength(2);
    expect(watched).toEqual([PORT_FD, PORT_FD]);
  });

  it("takes no sample for as long as a first look finds nothing moved and no report is due", () => {
    hostSays({ type: "tuning", maxIntervalMs: 250, heartbeatMs: 10_000 });
    timers.advance(250);
    [looks, firstLooks, isUnchanged] = [[], [], true];
    timers.advance(1500);
    expect(looks).toEqual([]);
    expect(firstLooks).toHaveLength(6);
    timers.advance(8500);
    expect(looks).toHaveLength(1);
    isUnchanged = false;
    timers.advance(500);
    expect(looks).toHaveLength(3);
  });

  it("dozes between first looks without the loop until something happens", () => {
    hostSays({ type: "tuning", maxIntervalMs: 250, heartbeatMs: 10_000 });
    timers.advance(250);
    isUnchanged = true;
    const dozed: { ms: number; atMs: number }[] = [];
    // The clock stands still here.
    doze = (ms) => dozed.push({ ms, atMs: timers.nowMs() }) < 4;
    timers.advance(250);
    expect(dozed.map(({ ms }) => ms)).toEqual([250, 250, 250, 250]);
    expect(looks.at(-1)).toBe(dozed.at(-1)?.atMs);
  });

  it("counts the time that it dozes, asks the clock now and then, and gives the loop its turn in the end", () => {
    hostSays({ type: "tuning", maxIntervalMs: 250, heartbeatMs: 10_000 });
    timers.advance(250);
    [firstLooks, isUnchanged] = [[], true];
    const everyMs = 250;
    const longerMs = 10;
    doze = (ms) => {
      dozedMs += ms + longerMs;
      return true;
    };
    timers.advance(250);
    const counted = Array.from({ length: LOOKS_PER_CLOCK }, (_, look) => look * everyMs);
    const askedMs = LOOKS_PER_CLOCK * (everyMs + longerMs);
    const [startMs = 0] = firstLooks;
    const took = firstLooks.map((atMs) => atMs - startMs);
    const later = Array.from({ length: LOOKS_PER_CLOCK }, (_, look) => askedMs + look * everyMs);
    expect(took).toEqual([...counted, ...later]);
    expect(took.at(-1)).toBeLessThanOrEqual(LONGEST_DOZE_MS);
  });

  it("says that its guest is at ease while the next sample is seconds away, and not while it samples fast", () => {
    timers.advance(2000);
    expect(agent.isAtEase).toBe(true);
    hostSays({ type: "tuning", maxIntervalMs: 250 });
    timers.advance(250);
    expect(agent.isAtEase).toBe(false);
  });

  it("takes a sample when memory stalls, whatever a first look would find", () => {
    timers.advance(2000);
    [looks, isUnchanged] = [[], true];
    agent.wake();
    timers.advance(SHORTEST_WAKE_MS);
    expect(looks).toHaveLength(1);
  });

  it("looks at once when memory stalls, and its interval begins anew", () => {
    timers.advance(500);
    agent.wake();
    timers.advance(0);
    expect(looks).toEqual([timers.nowMs()]);
    expect(timers.delays).toEqual([2000]);
  });

  it("looks at once when the host announces an inflation, and again soon", () => {
    timers.advance(500);
    hostSays({ type: "inflation-notice", targetBytes: 2 ** 33, inflateBytes: 2 ** 33 });
    expect(looks).toEqual([timers.nowMs()]);
    expect(timers.delays).toEqual([100]);
  });

  it("only listens when the host acknowledges a report", () => {
    timers.advance(500);
    hostSays({ type: "ack", sequence: 1 });
    expect(looks).toEqual([]);
    expect(watched).toEqual([PORT_FD]);
    expect(timers.delays).toEqual([1500]);
  });

  it("is not woken more often than a bounded rate, and loses no event", () => {
    timers.advance(2000);
    looks = [];
    for (let i = 0; i < 100; i++) agent.wake();
    expect(timers.delays).toEqual([SHORTEST_WAKE_MS]);
    soon();
    expect(looks).toHaveLength(1);
  });

  it("samples a bounded number of times for a host that has something new without end", () => {
    const seconds = 60;
    let atMs = 500;
    for (; atMs < seconds * 1000; atMs += SHORTEST_WAKE_MS) {
      hostSays({ type: "tuning", heartbeatMs: 10_000 });
      timers.advance(SHORTEST_WAKE_MS);
    }
    expect(looks.length).toBeGreaterThan(seconds * NEWS_PER_SECOND - NEWS_AT_ONCE);
    // The agent's own samples, every two seconds, come on top.
    expect(looks.length).toBeLessThanOrEqual(seconds * NEWS_PER_SECOND + NEWS_AT_ONCE + seconds / 2);
  });

  it("is not woken once it has stopped", () => {
    agent.stop();
    agent.wake();
    agent.hear();
    expect(timers.delays).toEqual([]);
  });
});

describe("a guest whose balloon is hidden in what it uses", () => {
  const GIB = 2 ** 30;
  const MIB = 2 ** 20;

  it("learns from what is available how long help takes, and samples slowly again", () => {
    let availableBytes = 4 * GIB;
    const sent: (Message | UnknownMessage)[] = [];
    const channel: Channel = {
      ...testChannel(),
      send: (_lane, envelope) => {
        const decoded = decodeEnvelope(envelope);
        if (decoded.ok) sent.push(decoded.envelope.message);
      },
    };
    agent.stop();
    const traits = { pageSizeBytes: 4096, balloon: true, deflateOnOom: false, balloonHidden: true };
    agent = new Agent(
      {
        nowMs: () => timers.nowMs() + dozedMs,
        schedule: (ms, task) => timers.after(ms, task),
        sampler: {
          read: (nowMs) => ({
            sampledAtMs: nowMs,
            meminfo: { totalBytes: 8 * GIB, availableBytes },
            counters: undefined,
            slow: {},
          }),
        },
        channel,
        log: { write: () => {} },
        newNonce: () => NONCE,
        cpuUs: () => 0,
      },
      { bootId: "b", os: "windows", osVersion: "10", agentVersion: "0", traits, capabilities: [] },
    );
    agent.start();
    hostSays({ type: "welcome", version: 1, session: SESSION, nonce: NONCE });
    timers.advance(100);
    availableBytes = 20 * MIB;
    timers.advance(2000);
    expect(sent.some(({ type }) => type === "demand")).toBe(true);
    availableBytes = 3 * GIB;
    timers.advance(5000);
    const reports = sent.flatMap((message) => (message.type === "report" ? [message] : []));
    expect(reports.at(-1)?.roundTripMs).toBeGreaterThan(0);
  });
});
