/** A whole broker in this process, over fake QEMUs and scripted agents on real sockets. */
import { join } from "node:path";
import { expect, onTestFinished, vi } from "vitest";
import { createAgentChannel } from "../../host/src/agents/virtio-channel.ts";
import type { BrokerAdapters, BrokerSettings } from "../../host/src/broker/adapters.ts";
import { Broker } from "../../host/src/broker/broker.ts";
import { ControlService } from "../../host/src/broker/control-service.ts";
import { EventLog } from "../../host/src/broker/event-log.ts";
import type { SocketClient } from "../../host/src/model/adapters.ts";
import { MIB } from "../../host/src/model/bytes.ts";
import type { BrokerEvent } from "../../host/src/model/events.ts";
import type { ProcessMemory } from "../../host/src/model/guest.ts";
import { GuestModeStoreError } from "../../host/src/model/guest-modes.ts";
import type { GuestEntry } from "../../host/src/model/inventory.ts";
import { ManualTargetStoreError, type StoredManualTarget } from "../../host/src/model/manual-targets.ts";
import type { Mode, PolicySettings } from "../../host/src/model/settings.ts";
import type { GuestStatus } from "../../host/src/model/status.ts";
import { createGuestMonitor, type GuestMonitorOptions } from "../../host/src/qemu/guest-monitor.ts";
import { aHost, settingsFor } from "./facts.ts";
import { FakeQemu, type FakeQemuOptions } from "./fake-qemu.ts";
import { LivelyAgent, type LivelyAgentOptions } from "./lively-agent.ts";
import { socketFolder } from "./socket-folder.ts";

const PATIENCE = { timeout: 15_000, interval: 5 };
const TICK_MS = 30;
/** Short, so that a test need not wait; long against the pauses of a busy machine. */
const TUNING = {
  staleAfterMs: 1_500,
  holdAfterDemandMs: 100,
  holdAfterTurnMs: 100,
  bootProtectMs: 0,
  stuckAfterMs: 2_000,
};
const SCARCE_BYTES = 700 * MIB;
const silent = () => {};
const LOG = { debug: silent, info: silent, warn: silent, error: silent };

export interface SceneGuest {
  /** What stands behind the monitor's socket; `null`: nothing yet. */
  readonly qemu?: Omit<FakeQemuOptions, "path"> | null;
  /** What lives behind the agent's socket; `null`: the guest has no channel, `"mute"`: nobody speaks. */
  readonly agent?: LivelyAgentOptions | "mute" | null;
  readonly shares?: number;
}

export interface SceneOptions {
  readonly guests: Readonly<Record<string, SceneGuest>>;
  readonly budgetMib?: number;
  readonly policy?: Partial<PolicySettings>;
  readonly tuning?: Partial<PolicySettings["tuning"]>;
  readonly onStop?: "hold" | "release";
  readonly machine?: Partial<GuestMonitorOptions>;
  readonly holds?: Readonly<Record<string, StoredManualTarget>>;
  readonly modes?: Readonly<Record<string, Mode>>;
}

export class BrokerScene {
  /** Time can be put forward. */
  readonly clock = {
    aheadMs: 0,
    nowMs: () => performance.now() + this.clock.aheadMs,
    wallMs: () => Date.now() + this.clock.aheadMs,
  };
  readonly folder = socketFolder();
  readonly broker: Broker;
  readonly view: ControlService;
  readonly settings: BrokerSettings;
  /** What each QEMU process holds, by guest; empty: unknown. */
  readonly held = new Map<string, ProcessMemory>();
  keptHolds: Readonly<Record<string, StoredManualTarget>>;
  /** Who is connected to the QEMUs' sockets. */
  clients: readonly SocketClient[] = [];
  /** Guests' own modes, as kept for the next broker. */
  keptModes: Readonly<Record<string, Mode>>;
  /** No manual target and no mode can be kept. */
  isDiskFull = false;
  readonly #options: SceneOptions;
  readonly #qemus = new Map<string, FakeQemu>();
  readonly #agents = new Map<string, LivelyAgent>();
  #stopped = false;

  /** A broker that has made its first round; agents that live are heard. */
  static async open(options: SceneOptions): Promise<BrokerScene> {
    const scene = new BrokerScene(options);
    onTestFinished(() => scene.stop());
    for (const [name, { qemu }] of Object.entries(options.guests)) {
      if (qemu !== null) await scene.startQemu(name, qemu);
    }
    await scene.#listenAll();
    await scene.broker.start(scene.entries());
    for (const [name, { agent }] of Object.entries(options.guests)) {
      if (agent === null || agent === "mute") continue;
      await scene.agent(name).live(agent);
    }
    return scene;
  }

  private constructor(options: SceneOptions) {
    this.#options = options;
    this.keptHolds = options.holds ?? {};
    this.keptModes = options.modes ?? {};
    const policy = settingsFor(options.budgetMib ?? 8192, options.policy);
    this.settings = {
      policy: { ...policy, tuning: { ...policy.tuning, ...TUNING, ...options.tuning } },
      tickMs: TICK_MS,
      onStop: options.onStop ?? "hold",
    };
    const events = new EventLog(this.clock, LOG);
    this.broker = new Broker(this.#ports(), events, this.settings);
    this.view = new ControlService(this.broker, events, this.clock, "0.0.0");
  }

  entries(): GuestEntry[] {
    return Object.entries(this.#options.guests).map(([name, guest]) => this.entry(name, guest));
  }

  entry(name: string, { agent, shares = 1000 }: SceneGuest = {}): GuestEntry {
    return {
      name,
      source: "static",
      qmpPath: join(this.folder, `${name}.qmp`),
      ...(agent !== null && { agentPath: join(this.folder, `${name}.agent`) }),
      min: { kind: "bytes", bytes: 128 * MIB },
      max: { kind: "auto" },
      shares,
    };
  }

  qemu(name: string): FakeQemu {
    return present(this.#qemus.get(name), `QEMU of ${name}`);
  }

  agent(name: string): LivelyAgent {
    return present(this.#agents.get(name), `agent of ${name}`);
  }

  async startQemu(name: string, options: Omit<FakeQemuOptions, "path"> = {}): Promise<FakeQemu> {
    const qemu = await FakeQemu.start({ path: join(this.folder, `${name}.qmp`), ...options });
    this.#qemus.set(name, qemu);
    onTestFinished(() => qemu.close());
    return qemu;
  }

  /** Lets an agent listen for a guest that is to be added. */
  async listen(name: string): Promise<LivelyAgent> {
    const agent = await LivelyAgent.listen(join(this.folder, `${name}.agent`), this.qemu(name).machine);
    this.#agents.set(name, agent);
    return agent;
  }

  status(name: string): GuestStatus {
    return present(
      this.view.status().guests.find((guest) => guest.name === name),
      `guest ${name}`,
    );
  }

  /** Texts of what the events tells of a guest, oldest first. */
  events(name?: string, kind?: BrokerEvent["kind"]): string[] {
    const events = this.view.events(0, 10_000).filter((event) => name === undefined || event.guest === name);
    return events.filter((event) => kind === undefined || event.kind === kind).map(({ text }) => text);
  }

  /** Waits until the guest's status satisfies; a failure shows the last one. */
  async until(name: string, holds: (guest: GuestStatus) => boolean): Promise<GuestStatus> {
    await vi
      .waitUntil(() => holds(this.status(name)), PATIENCE)
      .catch((cause: unknown) => {
        const seen = JSON.stringify({ status: this.status(name), events: this.events(name).slice(-20) });
        throw new Error(`${name} never got there: ${seen}`, { cause });
      });
    return this.status(name);
  }

  /** Waits until one event of a guest matches. */
  async untilTold(name: string | undefined, text: RegExp): Promise<void> {
    await vi
      .waitUntil(() => this.events(name).some((told) => text.test(told)), PATIENCE)
      .catch(() => {
        throw new Error(`${name} never told ${text}: ${JSON.stringify(this.events(name).slice(-20))}`);
      });
  }

  /** Lets so many rounds pass, seen by the questions that reach the QEMU of `name`. */
  async rounds(name: string, count: number): Promise<void> {
    const { commands } = this.qemu(name);
    const asked = () => commands.filter((command) => command.name === "query-balloon").length;
    const end = asked() + count;
    await vi.waitUntil(() => asked() >= end, PATIENCE);
  }

  /** The guest's balloon still obeys, and its calls are still answered. */
  async expectServed(name: string): Promise<void> {
    const { machine } = this.qemu(name);
    const { port } = this.agent(name);
    this.view.setManual(name, 300 * MIB);
    // The broker must have heard of the move: to a guest that it takes for full it has nothing to give.
    await this.until(name, ({ actualBytes }) => actualBytes === 300 * MIB);
    this.view.setManual(name, "auto");
    port.received.length = 0;
    port.demand(64 * MIB);
    expect(await port.hears("demand-reply")).toMatchObject({ outcome: "granted" });
    await vi.waitUntil(() => machine.actualBytes >= 364 * MIB, PATIENCE);
  }

  /** Changes settings and guests as a reload does. */
  reload(change: {
    readonly policy?: Partial<PolicySettings>;
    readonly entries?: readonly GuestEntry[];
    readonly onStop?: "hold" | "release";
  }): Promise<void> {
    const policy = { ...this.broker.settings.policy, ...change.policy };
    const onStop = change.onStop ?? this.settings.onStop;
    return this.broker.reconfigure({ ...this.settings, policy, onStop }, change.entries ?? this.entries());
  }

  /** Leaves so little for all that guests which use little are taken from. */
  scarcity(): Promise<void> {
    return this.reload({ policy: { budget: { kind: "bytes", bytes: SCARCE_BYTES } } });
  }

  /** Sizes that QEMU was told to bring the guest to, in MiB. */
  commanded(name: string): number[] {
    const balloons = this.qemu(name).commands.filter((command) => command.name === "balloon");
    return balloons.map(({ args }) => Number(args["value"]) / MIB);
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    await this.broker.stop();
  }

  async #listenAll(): Promise<void> {
    for (const [name, { agent }] of Object.entries(this.#options.guests)) {
      if (agent !== null && this.#qemus.has(name)) await this.listen(name);
    }
  }

  #ports(): BrokerAdapters {
    const { clock } = this;
    const { staleAfterMs } = this.settings.policy.tuning;
    const byPath = (qmpPath: string) => qmpPath.split("/").at(-1)?.replace(".qmp", "") ?? "";
    return {
      clock,
      host: { read: async () => aHost() },
      processMemory: { read: async (qmpPath) => this.held.get(byPath(qmpPath)) },
      socketClients: { of: async () => this.clients },
      guestModes: {
        load: () => this.keptModes,
        save: (modes) => {
          if (this.isDiskFull) throw new GuestModeStoreError("/state/modes.json", new Error("ENOSPC"));
          this.keptModes = modes;
        },
      },
      manualTargets: {
        load: () => this.keptHolds,
        save: (holds) => {
          if (this.isDiskFull) throw new ManualTargetStoreError("/state/holds.json", new Error("ENOSPC"));
          this.keptHolds = holds;
        },
      },
      monitor: ({ name, qmpPath }, listener) =>
        createGuestMonitor({
          ...{ name, qmpPath, clock, log: LOG, listener, random: () => 0.9 },
          ...this.#options.machine,
        }),
      agent: ({ name, agentPath }, listener) => {
        if (agentPath === undefined) return undefined;
        const tuning = { heartbeatMs: 100 };
        const random = () => 0.9;
        const options = { path: agentPath, guestName: name, clock, log: LOG, listener, tuning, staleAfterMs };
        return createAgentChannel({ ...options, random });
      },
    };
  }
}

function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`there is no ${what} in this scene`);
  return value;
}
