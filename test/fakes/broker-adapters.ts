/** The least that stands behind a guest's record: ports that do nothing, or what a test sets. */

import type { AgentLink, GuestMonitor, MonitorFacts } from "../../host/src/model/adapters.ts";
import type { GuestEntry } from "../../host/src/model/inventory.ts";

export function anEntry(override: Partial<GuestEntry> = {}): GuestEntry {
  return {
    ...{ name: "web1", source: "static", qmpPath: "/run/web1.qmp", shares: 1000 },
    ...{ min: { kind: "percent", percent: 25 }, max: { kind: "auto" } },
    ...override,
  };
}

/** A monitor that takes every target and tells `facts`. */
export function aGuestMonitor(facts: MonitorFacts = { inhibitions: [] }): GuestMonitor {
  return {
    observe: async () => facts,
    setTarget: async () => {},
    setMerging: async () => {},
    close: async () => {},
  };
}

export interface FakeAgent extends AgentLink {
  connected: boolean;
}

/** An agent that is connected, and takes what it is told. */
export function anAgentLink(): FakeAgent {
  return {
    connected: true,
    facts() {
      return { connected: this.connected, transport: "virtio-serial", version: "0.1.0" };
    },
    send: () => {},
    close: async () => {},
  };
}
