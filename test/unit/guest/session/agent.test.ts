/** When the agent's loop looks: after its interval, or sooner when something happened. */
import { beforeEach, describe, expect, it } from "vitest";
import type { Channel } from "../../../../guest/src/link/channel.ts";
import { Agent, SHORTEST_WAKE_MS } from "../../../../guest/src/session/agent.ts";
import { HandTimers } from "../../../fakes/hand-timers.ts";

const PORT_FD = 7;

let timers: HandTimers;
let looks: number[];
let watched: (number | undefined)[];
let agent: Agent;

/** A channel on which nobody ever speaks. */
function silentChannel(): Channel {
  const nothing = () => {};
  return {
    state: "absent",
    generation: 0,
    problem: undefined,
    descriptor: PORT_FD,
    poll: nothing,
    send: nothing,
    close: nothing,
  };
}

beforeEach(() => {
  timers = new HandTimers();
  looks = [];
  watched = [];
  const traits = { pageSizeBytes: 4096, balloon: false, deflateOnOom: false };
  agent = new Agent(
    {
      nowMs: () => timers.nowMs(),
      schedule: (ms, task) => timers.after(ms, task),
      sampler: {
        read: (nowMs) => {
          looks.push(nowMs);
          const meminfo = { totalBytes: 2 ** 34, availableBytes: 2 ** 33 };
          return { sampledAtMs: nowMs, meminfo, counters: undefined, slow: {} };
        },
      },
      channel: silentChannel(),
      watch: (descriptor) => watched.push(descriptor),
      log: { write: () => {} },
      newNonce: () => "0000000000000001",
      cpuUs: () => 0,
    },
    { bootId: "b", os: "linux", osVersion: "6.1", agentVersion: "0", traits, capabilities: [] },
  );
  agent.start();
});

describe("the agent's loop", () => {
  it("asks after each look to be told of what comes over the channel", () => {
    timers.advance(2000);
    expect(looks).toEqual([0, 2000]);
    expect(watched).toEqual([PORT_FD, PORT_FD]);
  });

  it("looks at once when something happens, and its interval begins anew", () => {
    timers.advance(500);
    agent.wake();
    timers.advance(0);
    expect(looks).toEqual([0, 500]);
    expect(timers.delays).toEqual([2000]);
  });

  it("is not woken more often than a bounded rate, and loses no event", () => {
    timers.advance(1);
    for (let i = 0; i < 100; i++) agent.wake();
    expect(timers.delays).toEqual([SHORTEST_WAKE_MS - 1]);
    timers.advance(SHORTEST_WAKE_MS);
    expect(looks).toEqual([0, SHORTEST_WAKE_MS]);
  });

  it("is not woken once it has stopped", () => {
    agent.stop();
    agent.wake();
    expect(timers.delays).toEqual([]);
  });
});
