import { describe, expect, it, onTestFinished } from "vitest";
import type { BrokerAdapters, BrokerSettings } from "../../../../host/src/broker/adapters.ts";
import { Broker } from "../../../../host/src/broker/broker.ts";
import { ControlService } from "../../../../host/src/broker/control-service.ts";
import { EventLog } from "../../../../host/src/broker/event-log.ts";
import type { AgentListener, MonitorFacts } from "../../../../host/src/model/adapters.ts";
import { GIB, MIB } from "../../../../host/src/model/bytes.ts";
import type { GuestReport } from "../../../../host/src/model/guest.ts";
import type { GuestEntry } from "../../../../host/src/model/inventory.ts";
import type { PolicySettings } from "../../../../host/src/model/settings.ts";
import { aGuestMonitor, anAgentLink, anEntry } from "../../../fakes/broker-adapters.ts";
import { aHost, settingsFor } from "../../../fakes/facts.ts";

const NOW_MS = 5000;
const silent = () => {};
const log = { debug: silent, info: silent, warn: silent, error: silent };
const clock = { nowMs: () => NOW_MS, wallMs: () => 1_700_000_000_000 };
const FINE: MonitorFacts = {
  inhibitions: [],
  maxBytes: GIB,
  balloon: { actualBytes: GIB, observedAtMs: NOW_MS },
};

const REPORT: GuestReport = {
  ...{ receivedAtMs: NOW_MS - 700, bootId: "b", sampledAtMs: 3_600_000, pressure: "low" as const },
  ...{ totalBytes: GIB, availableBytes: 400 * MIB, balloonBytes: 0 },
};

function adapters(facts: MonitorFacts): BrokerAdapters {
  return {
    clock,
    host: { read: async () => aHost() },
    processMemory: { read: async () => ({ residentBytes: 600 * MIB, swappedBytes: 50 * MIB }) },
    socketClients: { of: async () => [] },
    manualTargets: { load: () => ({}), save: silent },
    guestModes: { load: () => ({}), save: silent },
    monitor: () => aGuestMonitor(facts),
    agent: () => anAgentLink(),
  };
}

function settingsOf(policy: Partial<PolicySettings>): BrokerSettings {
  return { policy: settingsFor(8192, policy), tickMs: 3_600_000, onStop: "hold" };
}

/** A view of a broker that has made one tick over one guest. */
async function look(
  facts: MonitorFacts,
  entry: Partial<GuestEntry> = {},
  policy: Partial<PolicySettings> = {},
) {
  const agent = anAgentLink();
  const events = new EventLog(clock, log);
  let listener: AgentListener | undefined;
  const ports: BrokerAdapters = {
    ...adapters(facts),
    // The agent reports while the first tick is under way.
    host: {
      read: async () => {
        listener?.onReport(REPORT);
        return aHost();
      },
    },
    agent: (_, own) => {
      listener = own;
      return agent;
    },
  };
  const broker = new Broker(ports, events, settingsOf(policy));
  onTestFinished(() => broker.stop());
  await broker.start([anEntry(entry)]);
  const view = new ControlService(broker, events, clock, "1.2.3");
  return { view, agent, guest: view.status().guests[0] };
}

describe("the status before the first decision", () => {
  it("leaves out all that is not known, for host and guests alike", () => {
    const events = new EventLog(clock, log);
    const idle = { ...adapters(FINE), host: { read: () => new Promise<never>(() => {}) } };
    const broker = new Broker(idle, events, settingsOf({}));
    void broker.start([anEntry()]);
    const view = new ControlService(broker, events, clock, "1.2.3");
    expect(view.status().host).toEqual({ accounting: "strict" });
    expect(view.explain("web1")).not.toHaveProperty("regime");
    expect(view.explain("web1")).not.toHaveProperty("ledger");
    expect(view.explain("web1")?.verdict).toMatchObject({ source: "none" });
  });
});

describe("the status", () => {
  it("tells what is known of host and guest, in integers, and leaves out the rest", async () => {
    const { view, guest } = await look(FINE);
    expect(guest).toMatchObject({
      ...{ name: "web1", state: "managed", maxBytes: GIB, minBytes: GIB / 4, actualBytes: GIB },
      ...{ usedBytes: 624 * MIB, residentBytes: 650 * MIB, shares: 1000, pressure: "low" },
      agent: { connected: true, transport: "virtio-serial", version: "0.1.0", reportAgeMs: 700 },
    });
    expect(guest).not.toHaveProperty("targetBytes");
    expect(guest).not.toHaveProperty("problem");
    expect(view.status()).toMatchObject({
      ...{ version: "1.2.3", mode: "act" },
      host: { totalBytes: 24 * GIB, budgetBytes: 8 * GIB, residentBytes: 650 * MIB, regime: "ample" },
    });
    expect(view.status()).not.toHaveProperty("ksm");
  });

  it.each<[string, MonitorFacts, Partial<GuestEntry>, object]>([
    [
      "unreachable",
      { inhibitions: ["unreachable"], problem: "no socket" },
      {},
      { reason: "inhibited", detail: "unreachable", problem: "no socket" },
    ],
    ["excluded", FINE, { shares: 0 }, { reason: "excluded" }],
    [
      "inhibited",
      { ...FINE, inhibitions: ["vfio"] },
      {},
      { reason: "inhibited", detail: "vfio", problem: expect.stringMatching(/passed-through device/) },
    ],
  ])("calls a guest %s, and says why", async (state, facts, entry, why) => {
    expect((await look(facts, entry)).guest).toMatchObject({ state, ...why });
  });

  it("shows a guest as blind whose agent is gone, with the agent's problem", async () => {
    const { view, agent } = await look(FINE);
    agent.connected = false;
    agent.facts = () => ({ connected: false, transport: "virtio-serial", problem: "no agent channel" });
    expect(view.status().guests[0]?.problem).toBe("no agent channel");
  });
});

describe("the level of a guest", () => {
  it("follows its agent's channel, and its balloon's statistics where no agent is connected", async () => {
    const { view, agent } = await look({ ...FINE, stats: { updatedAtMs: NOW_MS, availableBytes: GIB / 2 } });
    const level = () => view.status().guests[0]?.level;
    expect(level()).toBe("full");
    expect(view.info("web1")?.guest).not.toHaveProperty("lift");
    agent.facts = () => ({ connected: true, transport: "websocket" });
    expect(level()).toBe("no-port");
    agent.facts = () => ({ connected: false, transport: "websocket" });
    expect(level()).toBe("statistics only");
    expect(view.explain("web1")?.guest.lift).toContain("install ballast-agent");
  });

  it("is none where the driver tells nothing that a level could rest on", async () => {
    const { view, agent } = await look({ ...FINE, stats: { updatedAtMs: NOW_MS } });
    agent.facts = () => ({ connected: false, transport: "virtio-serial" });
    expect(view.status().guests[0]?.level).toBe("none");
  });
});

describe("a manual target", () => {
  it("is set, shown, and ended", async () => {
    const { view } = await look(FINE);
    expect(view.setManual("web1", 512 * MIB, 90_000)).toEqual({
      ok: true,
      text: "web1: manual target 512 MiB for 90 s",
    });
    expect(view.status().guests[0]?.state).toBe("held");
    expect(view.setManual("web1", "auto").text).toBe("web1: balanced by the broker again");
    expect(view.events(0, 10).map(({ text }) => text)).toEqual([
      "manual target 512 MiB for 90 s",
      "its manual target ended: the broker balances it again",
    ]);
  });

  it("is refused outside of the guest's bounds, and for a guest that is not there", async () => {
    const { view } = await look(FINE);
    expect(view.setManual("web1", 2 * GIB)).toEqual({
      ok: false,
      code: "refused",
      text: "2048 MiB is outside of the bounds of web1: 256 MiB to 1024 MiB",
    });
    expect(view.setManual("nobody", MIB)).toMatchObject({ ok: false, text: "no guest is called nobody" });
  });

  it("says that nothing is moved in mode observe", async () => {
    const { view } = await look(FINE, {}, { mode: "observe" });
    expect(view.setManual("web1", 512 * MIB).text).toMatch(/only observed, so nothing is moved/);
  });
});

describe("an explanation", () => {
  it("has verdict, ledger and the guest; absent for an unknown guest", async () => {
    const { view } = await look(FINE);
    expect(view.explain("web1")).toMatchObject({
      ...{ regime: "ample", ledger: { budgetBytes: 8 * GIB }, moves: [] },
      verdict: { name: "web1", source: "agent", usedBytes: 624 * MIB },
    });
    expect(view.explain("nobody")).toBeUndefined();
    expect(view.info("nobody")).toBeUndefined();
    expect(view.info("web1")).toMatchObject({ facts: { report: { bootId: "b" } }, nowMs: NOW_MS });
  });

  it("of a guest that the policy did not decide about says why", async () => {
    const { view } = await look({ inhibitions: ["unreachable"], problem: "no socket" });
    expect(view.explain("web1")?.verdict).toEqual({
      ...{ name: "web1", source: "none", kind: "inhibited", reason: "inhibited" },
      ...{ detail: "unreachable", inhibition: "unreachable" },
    });
  });
});
