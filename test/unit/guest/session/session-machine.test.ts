/** The agent's side of the handshake. */
import { beforeEach, describe, expect, it } from "vitest";
import {
  AgentSessionMachine,
  HOST_SILENCE_MS,
  VERSION_RETRY_MS,
} from "../../../../guest/src/session/session-machine.ts";

const SESSION = "00000000000000aa";
const OTHER = "00000000000000bb";

let nonces = 0;
let machine: AgentSessionMachine;

beforeEach(() => {
  nonces = 0;
  machine = new AgentSessionMachine(() => `nonce-${++nonces}`);
});

function welcome(nonce: string, session = SESSION, version = 1) {
  return { message: { type: "welcome", nonce, session, version } } as const;
}

function goodbye(reason: "unknown-session" | "version" | "shutdown" | "rate", session?: string) {
  return { session, message: { type: "goodbye", reason } } as const;
}

function live(): void {
  machine.tick(0, true);
  machine.heard(welcome("nonce-1"), 10);
}

/** Times at which Hello is said while nobody answers. */
function helloTimes(untilMs: number): number[] {
  const times: number[] = [];
  for (let nowMs = 0; nowMs <= untilMs; nowMs += 50) {
    if (machine.tick(nowMs, true).some((effect) => effect.type === "hello")) times.push(nowMs);
  }
  return times;
}

describe("greeting", () => {
  it("says nothing while no host is there", () => {
    expect(machine.tick(0, false)).toEqual([]);
  });

  it("says Hello at once, then with longer and longer waits, and every 5 s from then on", () => {
    expect(helloTimes(20_000)).toEqual([0, 500, 1500, 3500, 8500, 13_500, 18_500]);
  });

  it("keeps its nonce within one attempt", () => {
    expect(machine.tick(0, true)).toEqual([{ type: "hello", nonce: "nonce-1" }]);
    expect(machine.tick(500, true)).toEqual([{ type: "hello", nonce: "nonce-1" }]);
  });

  it("goes on with its session when a second Hello is answered too", () => {
    live();
    expect(machine.heard(welcome("nonce-1"), 20)).toEqual([]);
    expect(machine.heard(welcome("nonce-1", OTHER), 30)).toEqual([{ type: "opened", tuning: undefined }]);
  });

  it("is welcomed by an answer to its nonce", () => {
    machine.tick(0, true);
    expect(machine.heard(welcome("nonce-1"), 10)).toEqual([{ type: "opened", tuning: undefined }]);
    expect(machine.state).toMatchObject({ name: "live", session: SESSION });
  });

  it.each([
    ["another nonce", welcome("nonce-0")],
    ["a version it does not speak", welcome("nonce-1", SESSION, 9)],
    ["a message of some session", { session: SESSION, message: { type: "ack", sequence: 1 } } as const],
    ["a message it does not know", { message: { type: "unknown" } } as const],
    ["an old Goodbye to strangers", goodbye("unknown-session")],
  ])("ignores %s", (_, envelope) => {
    machine.tick(0, true);
    expect(machine.heard(envelope, 10)).toEqual([]);
    expect(machine.state.name).toBe("greeting");
  });

  it("wants to be woken often only while an answer is expected", () => {
    machine.tick(0, true);
    expect(machine.wakeInMs(100)).toBe(50);
    for (const nowMs of [500, 1500, 3500]) machine.tick(nowMs, true);
    expect(machine.wakeInMs(5000)).toBe(3500);
    live();
    expect(machine.wakeInMs(100)).toBeUndefined();
  });
});

describe("a live session", () => {
  beforeEach(live);

  it("hands on messages of its session and no others", () => {
    const ack = { type: "ack", sequence: 3 } as const;
    expect(machine.heard({ session: SESSION, message: ack }, 20)).toEqual([
      { type: "message", message: ack },
    ]);
    expect(machine.heard({ session: OTHER, message: ack }, 20)).toEqual([]);
    expect(machine.heard({ message: ack }, 20)).toEqual([]);
  });

  it("moves to the newer session when its Hello is answered twice", () => {
    machine.heard(welcome("nonce-1", OTHER), 20);
    expect(machine.state).toMatchObject({ name: "live", session: OTHER });
  });

  it("greets with a new nonce when the host was silent for half a minute", () => {
    expect(machine.tick(10 + HOST_SILENCE_MS - 1, true)).toEqual([]);
    expect(machine.tick(10 + HOST_SILENCE_MS, true)).toEqual([
      { type: "closed", reason: "the host is silent" },
      { type: "hello", nonce: "nonce-2" },
    ]);
  });

  it("is kept alive by any message of the host", () => {
    machine.heard({ session: SESSION, message: { type: "ack", sequence: 3 } }, 20_000);
    expect(machine.tick(20_000 + HOST_SILENCE_MS - 1, true)).toEqual([]);
  });

  it("greets at once when the host does not know the session", () => {
    const effects = machine.heard(goodbye("unknown-session"), 5000);
    expect(effects).toContainEqual({ type: "hello", nonce: "nonce-2" });
  });

  it("does not greet faster than twice a second, whatever the host says", () => {
    machine.heard(goodbye("unknown-session"), 5000);
    machine.heard(welcome("nonce-2"), 5010);
    const effects = machine.heard(goodbye("unknown-session"), 5020);
    expect(effects.map((effect) => effect.type)).toEqual(["closed"]);
    expect(machine.tick(5500, true)).toEqual([{ type: "hello", nonce: "nonce-3" }]);
  });

  it.each([
    ["version", VERSION_RETRY_MS],
    ["shutdown", 5000],
    ["rate", 5000],
  ] as const)("waits after a Goodbye for %s", (reason, waitMs) => {
    machine.heard(goodbye(reason, SESSION), 5000);
    expect(machine.tick(5000 + waitMs - 1, true)).toEqual([]);
    expect(machine.tick(5000 + waitMs, true)).toHaveLength(1);
  });

  it("ignores a Goodbye to another session", () => {
    expect(machine.heard(goodbye("shutdown", OTHER), 20)).toEqual([]);
    expect(machine.state.name).toBe("live");
  });

  it("ends when the host leaves, and starts with a new nonce when one returns", () => {
    expect(machine.tick(100, false)).toEqual([{ type: "closed", reason: "the host left the channel" }]);
    expect(machine.tick(2000, true)).toEqual([{ type: "hello", nonce: "nonce-2" }]);
  });

  it("ends when the channel was opened anew", () => {
    expect(machine.linkReplaced()).toHaveLength(1);
    expect(machine.state.name).toBe("down");
  });
});
