import { decodeEnvelope, type Envelope, encodeEnvelope, type Hello, type Message } from "@ballast/proto";
import { beforeEach, describe, expect, test } from "vitest";
import { HostSessionMachine, type SessionEffect } from "../../../../host/src/agents/session-machine.ts";
import { MIB } from "../../../../host/src/model/bytes.ts";

const hello: Hello = {
  type: "hello",
  minVersion: 1,
  maxVersion: 1,
  capabilities: ["deflate-on-oom"],
  nonce: "00000000000000aa",
  bootId: "boot-1",
  os: "linux",
  osVersion: "6.1",
  agentVersion: "0.1.0",
};
const report: Message = { type: "report", sampledAtMs: 1, totalBytes: 480 * MIB, availableBytes: 300 * MIB };
const demand: Message = { type: "demand", level: "critical", needBytes: 64 * MIB };
const granted = {
  outcome: "granted",
  grantedBytes: 64 * MIB,
  targetBytes: 264 * MIB,
  reason: "demand",
} as const;
const tuning = { heartbeatMs: 3000 };
const first = "0000000000000001";
const second = "0000000000000002";

const answerTo = (demandSequence: number) =>
  ({ type: "demand-reply", demandSequence, answer: granted }) as const;

let machine: HostSessionMachine;
let fullBytes: number | undefined;
let sessions: number;

beforeEach(() => {
  sessions = 0;
  fullBytes = undefined;
  machine = new HostSessionMachine({
    staleAfterMs: 10_000,
    tuning,
    newSessionId: () => String(++sessions).padStart(16, "0"),
    silenceHint: "no agent there",
    fullBytes: () => fullBytes,
    uncountedBytes: () => 0,
  });
  machine.open(0);
});

function hear(message: Message, nowMs = 0, envelope: Partial<Envelope> = {}): SessionEffect[] {
  return machine.receive(encodeEnvelope({ sequence: 1, message, ...envelope }), nowMs);
}

/** A frame of the first session. */
const inSession = (message: Message, sequence: number, nowMs = 0) =>
  hear(message, nowMs, { session: first, sequence });

const sent = (effects: SessionEffect[]) =>
  effects.flatMap((effect) => (effect.kind === "send" ? [effect.envelope] : []));
const kinds = (effects: SessionEffect[]) => effects.map((effect) => effect.kind);
const told = (effects: SessionEffect[]) =>
  effects.flatMap((effect) => (effect.kind === "tell" ? [effect.text] : []));

describe("the beginning", () => {
  test("nothing is sent before a guest has said Hello", () => {
    expect(machine.wake(14_000)).toEqual([]);
    expect(machine.tell({ type: "inflation-notice", targetBytes: 1, inflateBytes: 1 })).toEqual([]);
    expect(machine.tell(answerTo(1))).toEqual([]);
    expect(machine.farewell("shutdown")).toEqual([]);
    expect(machine.facts(0)).toEqual({ connected: false });
  });

  test("a Hello is welcomed with a session, its nonce and the tuning", () => {
    const effects = hear(hello);
    const message = { type: "welcome", version: 1, session: first, nonce: hello.nonce, tuning };
    expect(sent(effects)).toEqual([{ session: first, sequence: 1, message }]);
    expect(told(effects)).toEqual(["agent 0.1.0 on linux 6.1 is here (protocol 1)"]);
    expect(machine.facts(0)).toEqual({
      connected: true,
      version: "0.1.0",
      osFamily: "linux",
      deflateOnOom: true,
    });
  });

  test("a Hello that is repeated before the Welcome arrived gets the same session again", () => {
    hear(hello);
    const [again] = sent(hear(hello, 5));
    expect(again).toMatchObject({ session: first, sequence: 2, message: { session: first } });
    expect(kinds(inSession(report, 1, 6))).toContain("report");
  });

  test("an agent that restarts its count at a repeated Welcome is accepted, once for each", () => {
    hear(hello);
    hear(hello, 5);
    inSession(report, 1, 6);
    inSession(report, 2, 7);
    expect(kinds(inSession(demand, 1, 8))).toEqual(["demand"]);
    expect(inSession(demand, 1, 9)).toEqual([]);
  });

  test("the newest Hello wins, and frames of the session before are turned away", () => {
    hear(hello);
    hear({ ...hello, nonce: "00000000000000bb" }, 10);
    expect(kinds(inSession(report, 1, 20))).toEqual(["send"]);
    expect(machine.counters.framesForeign).toBe(1);
    expect(kinds(hear(report, 30, { session: second, sequence: 1 }))).toContain("report");
  });

  test("an agent of another protocol is refused, and both versions are named", () => {
    const effects = hear({ ...hello, minVersion: 2, maxVersion: 4 });
    expect(sent(effects)).toEqual([
      { sequence: 0, message: { type: "goodbye", reason: "version", minVersion: 1, maxVersion: 1 } },
    ]);
    const problem =
      "agent 0.1.0 on linux 6.1 speaks protocol 2 to 4, this broker 1 to 1: update the older of the two";
    expect(told(effects)).toEqual([problem]);
    expect(machine.facts(0)).toMatchObject({ connected: false, problem });
  });

  test("a newer agent that still speaks our version is welcomed", () => {
    expect(sent(hear({ ...hello, maxVersion: 9 }))[0]?.message).toMatchObject({
      type: "welcome",
      version: 1,
    });
  });
});

describe("a report", () => {
  test("has the page size of its guest's Hello, in which its counters are", () => {
    hear({ ...hello, pageSizeBytes: 65_536 });
    const reports = inSession(report, 1).flatMap((effect) =>
      effect.kind === "report" ? [effect.report] : [],
    );
    expect(reports.map(({ pageSizeBytes }) => pageSizeBytes)).toEqual([65_536]);
  });
});

describe("reports", () => {
  beforeEach(() => void hear(hello));

  test("are handed on and acknowledged at most every five seconds", () => {
    const acks = [0, 1_000, 4_999, 5_000, 9_000, 10_000].map((nowMs, index) => {
      const effects = inSession(report, index + 1, nowMs);
      expect(kinds(effects)[0]).toBe("report");
      return sent(effects).map(({ message }) => message);
    });
    const ack = (sequence: number) => [{ type: "ack", sequence }];
    expect(acks).toEqual([ack(1), [], [], ack(4), [], ack(6)]);
  });

  test("with a sequence number received before are dropped", () => {
    inSession(report, 5);
    expect(inSession(report, 5)).toEqual([]);
    expect(inSession(report, 4)).toEqual([]);
    expect(machine.counters.framesRepeated).toBe(2);
    expect(kinds(inSession(report, 9))).toContain("report");
  });

  test("that cannot be true are refused with a line, and the problem stays until a good one", () => {
    fullBytes = 256 * MIB;
    const problem = "the agent's report is refused: total 480 MiB is more than the guest's 256 MiB";
    inSession(report, 1, 0);
    expect(told(inSession(report, 2, 3_000))).toEqual([problem]);
    expect(told(inSession(report, 3, 3_001))).toEqual([]);
    expect(machine.facts(3_001)).toMatchObject({ connected: true, problem });
    fullBytes = 512 * MIB;
    expect(kinds(inSession(report, 4, 3_002))).toContain("report");
    expect(machine.facts(3_002).problem).toBeUndefined();
  });

  test("of a guest that has just got more memory make the broker query QEMU first, without blaming the agent", () => {
    fullBytes = 256 * MIB;
    expect(kinds(inSession(report, 1, 0))).toEqual(["size-doubted"]);
    expect(kinds(inSession(report, 2, 2_000))).toEqual(["size-doubted"]);
    expect(machine.facts(2_000).problem).toBeUndefined();
    fullBytes = 512 * MIB;
    expect(kinds(inSession(report, 3, 2_500))).toContain("report");
    fullBytes = 256 * MIB;
    expect(kinds(inSession(report, 4, 9_000))).toEqual(["size-doubted"]);
  });

  test("beyond the rate are dropped and counted, with one warning", () => {
    const effects = Array.from({ length: 300 }, (_, index) => inSession(report, index + 1)).flat();
    expect(effects.filter(({ kind }) => kind === "report")).toHaveLength(200);
    expect(machine.counters.framesLimited).toBe(100);
    expect(told(effects)).toEqual(["the agent sends too many reports: the excess is dropped"]);
    expect(kinds(inSession(report, 301, 1_000))).toContain("report");
  });

  test("of the boot before are past when the guest comes back rebooted", () => {
    inSession(report, 1);
    machine.close();
    machine.open(50);
    const effects = hear({ ...hello, nonce: "00000000000000cc", bootId: "boot-2" }, 60);
    expect(told(effects)).toEqual(["agent 0.1.0 on linux 6.1 is here (protocol 1); the guest rebooted"]);
    expect(effects[0]).toEqual({ kind: "boot", bootId: "boot-2" });
  });
});

describe("demands", () => {
  beforeEach(() => void hear(hello));

  test("are handed on and can be answered, more than once while help comes in parts", () => {
    expect(inSession(demand, 3, 77)).toEqual([
      {
        kind: "demand",
        demand: { receivedAtMs: 77, sequence: 3, level: "critical", needBytes: 64 * MIB },
      },
    ]);
    const reply = { type: "demand-reply", demandSequence: 3, outcome: "granted" };
    expect(sent(machine.tell(answerTo(3)))[0]?.message).toMatchObject(reply);
    expect(sent(machine.tell(answerTo(3)))).toHaveLength(1);
  });

  test("of another session are not answered", () => {
    inSession(demand, 3);
    hear({ ...hello, nonce: "00000000000000bb" }, 1);
    expect(machine.tell(answerTo(3))).toEqual([]);
  });

  test("without a need are refused with a line", () => {
    const effects = inSession({ type: "demand", level: "critical" }, 1);
    expect(told(effects)).toEqual(["the agent's demand is refused: it lacks needBytes"]);
  });

  test("beyond the rate are dropped, and only the newest can be answered", () => {
    const effects = Array.from({ length: 150 }, (_, index) => inSession(demand, index + 1)).flat();
    expect(effects.filter(({ kind }) => kind === "demand")).toHaveLength(100);
    expect(machine.tell(answerTo(36))).toEqual([]);
    expect(machine.tell(answerTo(37))).toHaveLength(1);
  });
});

describe("strangers", () => {
  test("with an unknown session get a request to say Hello again, at most once a second", () => {
    const goodbye = { type: "goodbye", reason: "unknown-session", minVersion: 1, maxVersion: 1 };
    expect(sent(inSession(report, 1, 0))).toEqual([{ sequence: 0, message: goodbye }]);
    expect(inSession(report, 2, 999)).toEqual([]);
    expect(sent(inSession(report, 3, 1_000))).toHaveLength(1);
    expect(machine.counters.framesForeign).toBe(3);
  });

  test("saying goodbye get no goodbye back", () => {
    expect(inSession({ type: "goodbye", reason: "shutdown" }, 1)).toEqual([]);
  });

  test("sending what is not an envelope are counted, and logged once a minute", () => {
    const garbage = Uint8Array.of(0xff, 0xff);
    const line = "the guest sent a frame that cannot be read (malformed)";
    expect(told(machine.receive(garbage, 0))).toEqual([line]);
    expect(machine.receive(garbage, 59_999)).toEqual([]);
    expect(told(machine.receive(garbage, 60_000))).toEqual([line]);
    expect(machine.counters.framesUnreadable).toBe(3);
  });

  test("sending what only a host may say are ignored", () => {
    hear(hello);
    expect(inSession({ type: "ack", sequence: 1 }, 1)).toEqual([]);
    expect(inSession({ type: "tuning", heartbeatMs: 1 }, 2)).toEqual([]);
    expect(machine.counters.framesUnexpected).toBe(2);
  });

  test("saying Hello without end neither fill the log nor get an answer each time", () => {
    const effects = Array.from({ length: 1_000 }, (_, index) =>
      hear({ ...hello, nonce: index.toString(16).padStart(16, "0") }, index),
    ).flat();
    expect(sent(effects).length).toBeLessThan(20);
    expect(told(effects).length).toBeLessThanOrEqual(10);
  });
});

describe("silence", () => {
  test("on an open channel is a problem after 15 seconds, with its likely cause", () => {
    expect(machine.deadlineMs()).toBe(15_000);
    expect(machine.wake(14_999)).toEqual([]);
    const problem = "connected, but silent for 15 s: no agent there";
    expect(told(machine.wake(15_000))).toEqual([problem]);
    expect(machine.facts(15_000)).toEqual({ connected: false, problem });
    expect(machine.deadlineMs()).toBeUndefined();
  });

  test("is not reported when frames come but no Hello", () => {
    inSession(report, 1, 3);
    expect(told(machine.wake(15_000))).toEqual(["frames arrive, but no agent began a session within 15 s"]);
  });

  test("of a session makes it stale, and a frame brings it back", () => {
    hear(hello, 0);
    inSession(report, 1, 2_000);
    expect(machine.deadlineMs()).toBe(12_000);
    expect(machine.facts(12_000).connected).toBe(true);
    expect(machine.facts(12_001)).toMatchObject({
      connected: false,
      problem: "nothing heard from the agent for 10 s",
    });
    expect(told(machine.wake(12_000))).toEqual(["nothing heard from the agent for 10 s"]);
    expect(machine.deadlineMs()).toBeUndefined();
    expect(told(inSession(report, 2, 30_000))).toEqual(["the agent is heard again"]);
    expect(machine.facts(30_000).connected).toBe(true);
  });

  test("after a goodbye of the agent is no surprise", () => {
    hear(hello);
    expect(told(inSession({ type: "goodbye", reason: "shutdown" }, 1))).toEqual([
      "the agent said goodbye (shutdown)",
    ]);
    expect(machine.deadlineMs()).toBeUndefined();
    expect(machine.facts(1).connected).toBe(false);
  });
});

test("what the host sends counts up within the session and can be read by the agent", () => {
  hear(hello);
  const envelopes = [
    ...sent(inSession(report, 1)),
    ...sent(machine.tell({ type: "inflation-notice", targetBytes: 256 * MIB, inflateBytes: 64 * MIB })),
    ...sent(machine.farewell("shutdown")),
  ];
  expect(envelopes.map(({ sequence }) => sequence)).toEqual([2, 3, 4]);
  for (const envelope of envelopes)
    expect(decodeEnvelope(encodeEnvelope(envelope))).toEqual({ ok: true, envelope });
});
