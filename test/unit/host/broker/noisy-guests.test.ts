/** What one guest can cost the broker, counted in decisions over all guests and in lines; the clock stands still unless it is moved. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Broker } from "../../../../host/src/broker/broker.ts";
import { EventLog } from "../../../../host/src/broker/event-log.ts";
import type { AgentListener, HostMessage, MonitorListener } from "../../../../host/src/model/adapters.ts";
import { GIB, MIB } from "../../../../host/src/model/bytes.ts";
import type { GuestReport } from "../../../../host/src/model/guest.ts";
import type { DemandAnswer } from "../../../../host/src/model/plan.ts";
import { aGuestMonitor, anAgentLink, anEntry, type FakeAgent } from "../../../fakes/broker-adapters.ts";
import { aHost, settingsFor } from "../../../fakes/facts.ts";

const silent = () => {};
const LOG = { debug: silent, info: silent, warn: silent, error: silent };
const GUESTS = 20;
const clock = { nowMs: () => performance.now(), wallMs: () => 0 };

interface Noisy {
  readonly agent: FakeAgent;
  readonly agentListener: AgentListener;
  readonly monitorListener: MonitorListener;
  readonly answers: DemandAnswer[];
}

/** A broker over guests that are all at their maximum, on a budget that is used up. */
async function aBroker() {
  const guests = new Map<string, Noisy>();
  const monitors = new Map<string, MonitorListener>();
  const events = new EventLog(clock, LOG);
  const balloon = { actualBytes: GIB, observedAtMs: 0 };
  const broker = new Broker(
    {
      clock,
      host: { read: async () => aHost() },
      processMemory: { read: async () => ({ residentBytes: GIB, swappedBytes: 0 }) },
      socketClients: { of: async () => [] },
      manualTargets: { load: () => ({}), save: silent },
      guestModes: { load: () => ({}), save: silent },
      monitor: ({ name }, listener) => {
        monitors.set(name, listener);
        return aGuestMonitor({ inhibitions: [], maxBytes: GIB, balloon });
      },
      agent: ({ name }, agentListener) => {
        const answers: DemandAnswer[] = [];
        const agent = {
          ...anAgentLink(),
          send: (message: HostMessage) => {
            if (message.type === "demand-reply") answers.push(message.answer);
          },
        };
        const monitorListener = monitors.get(name);
        if (monitorListener !== undefined)
          guests.set(name, { agent, agentListener, monitorListener, answers });
        return agent;
      },
    },
    events,
    { policy: settingsFor(GUESTS * 1024), tickMs: 1000, onStop: "hold" },
  );
  await broker.start(Array.from({ length: GUESTS }, (_, i) => anEntry({ name: `g${i}` })));
  for (const { monitorListener } of guests.values()) monitorListener.onConnection(true);
  const guest = (name: string) => guests.get(name) ?? expect.unreachable(`no guest ${name}`);
  return { broker, events, guest };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Calls `act` fifty times a second, for so many seconds. */
async function fiftyTimesASecond(seconds: number, act: (i: number) => void): Promise<void> {
  for (let i = 0; i < seconds * 50; i++) {
    act(i);
    await vi.advanceTimersByTimeAsync(20);
  }
}

const demand = (sequence: number) =>
  ({ receivedAtMs: 0, sequence, level: "critical", needBytes: 64 * MIB }) as const;

describe("guests that demand what they cannot get", () => {
  it("are all answered, and cost one decision each for each tick", async () => {
    const { broker, guest } = await aBroker();
    const callers = Array.from({ length: 10 }, (_, i) => guest(`g${i}`));
    const before = broker.work;
    await fiftyTimesASecond(20, (i) => {
      for (const { agentListener } of callers) agentListener.onDemand(demand(i));
    });
    for (const { answers } of callers) {
      expect(answers).toHaveLength(1000);
      expect(answers.every(({ outcome }) => outcome === "refused")).toBe(true);
    }
    const ticks = broker.work.ticks - before.ticks;
    expect(broker.work.demands - before.demands).toBeLessThanOrEqual(callers.length * (ticks + 1));
    // 20 at the usual pace, and those that the demands may bring forward.
    expect(ticks).toBeLessThanOrEqual(20 + 20 + 4 * 20);
    await broker.stop();
  });

  it("cost few decisions each, whatever else makes each worth one", async () => {
    const { broker, guest } = await aBroker();
    const caller = guest("g0");
    const before = broker.work;
    const levels = ["none", "low", "moderate", "critical"] as const;
    await fiftyTimesASecond(10, (i) => {
      // A move elsewhere clears what is known of vain demands.
      broker.setManualTarget(
        broker.record("g1") ?? expect.unreachable(),
        i % 2 === 0 ? GIB / 2 : undefined,
        undefined,
      );
      for (const level of levels) caller.agentListener.onDemand({ ...demand(i), level });
    });
    expect(broker.work.demands - before.demands).toBeLessThanOrEqual(20 + 10 * 10);
    // A demand that is not decided on gets nothing, and is told so.
    expect(caller.answers).toHaveLength(2000);
    expect(caller.answers.filter(({ outcome }) => outcome === "refused").length).toBeGreaterThan(1500);
    const partial = caller.answers.filter(({ reason }) => reason === "demand-partial");
    expect(partial.filter(({ outcome }) => outcome === "refused")).toEqual([]);
    await broker.stop();
  });
});

describe("a guest that resets fifty times a second", () => {
  it("brings few ticks forward, and few lines", async () => {
    const { broker, events, guest } = await aBroker();
    const before = broker.work;
    await fiftyTimesASecond(20, () => guest("g0").monitorListener.onReset());
    expect(broker.work.ticks - before.ticks).toBeLessThanOrEqual(22);
    expect(events.since(0, 10_000).filter((event) => event.guest === "g0").length).toBeLessThan(10);
    await broker.stop();
  });
});

describe("a guest whose OOM counter rises with each report", () => {
  it("writes few lines, which tell how many were left out", async () => {
    const { broker, events, guest } = await aBroker();
    await fiftyTimesASecond(25, (i) => {
      const report: GuestReport = {
        ...{ receivedAtMs: performance.now(), bootId: "b", sampledAtMs: i, pressure: "none" as const },
        ...{ totalBytes: GIB, availableBytes: GIB / 2, oomKillsTotal: i },
      };
      guest("g0").agentListener.onReport(report);
    });
    const lines = events.since(0, 10_000).filter((event) => event.guest === "g0" && event.level === "error");
    expect(lines.length).toBeLessThanOrEqual(25);
    expect(lines.at(-1)?.text).toMatch(
      /OOM killer killed 1 process at .* \(and \d+ more of this kind before\)/,
    );
    expect(broker.record("g0")?.boot.oomKills).toBe(25 * 50 - 1);
    await broker.stop();
  });
});
