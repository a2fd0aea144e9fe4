/** The loop: observe, decide, apply, once a tick; and beside it the urgent path for demands. */
import type { GuestDemand, GuestReport } from "../model/guest.ts";
import type { HoldsPort } from "../model/holds.ts";
import type { HostFacts } from "../model/host.ts";
import type { GuestEntry } from "../model/inventory.ts";
import type { Move, Plan } from "../model/plan.ts";
import type {
  AgentListener,
  AgentPort,
  Clock,
  HeldPort,
  HostPort,
  MachineListener,
  MachinePort,
} from "../model/ports.ts";
import type { PolicySettings } from "../model/settings.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { decide } from "../policy/decide.ts";
import { emptyMemory, type PolicyMemory } from "../policy/memory.ts";
import { answerDemand } from "../policy/urgent.ts";
import type { Diary } from "./diary.ts";
import { GuestRecord } from "./guest-record.ts";
import { formatMib, moveText } from "./phrases.ts";
import { buildSnapshot } from "./snapshot-builder.ts";

/** What the broker may be told, and told anew at a reload. */
export interface BrokerSettings {
  readonly policy: PolicySettings;
  readonly tickMs: number;
  readonly onStop: "hold" | "release";
  readonly ksmMode: string;
}

/** How the broker gets at the world; `main` provides it. */
export interface BrokerPorts {
  readonly clock: Clock;
  readonly host: HostPort;
  readonly held: HeldPort;
  readonly holds: HoldsPort;
  machine(entry: GuestEntry, listener: MachineListener): MachinePort;
  /** Absent: the entry has no agent channel. */
  agent(entry: GuestEntry, listener: AgentListener): AgentPort | undefined;
}

/** A tick goes on without those that have not answered by then; their newest facts count. */
const OBSERVE_LIMIT_MS = 300;
/** While a demand is unpaid the next look comes this soon. */
const OWED_TICK_MS = 100;
const RELEASE_LIMIT_MS = 3_000;

export class Broker {
  readonly #ports: BrokerPorts;
  readonly #diary: Diary;
  readonly #records = new Map<string, GuestRecord>();
  #settings: BrokerSettings;
  #memory: PolicyMemory = emptyMemory();
  #host: HostFacts | undefined;
  #plan: Plan | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ticking: Promise<void> | undefined;
  #stopped = false;

  constructor(ports: BrokerPorts, diary: Diary, settings: BrokerSettings) {
    this.#ports = ports;
    this.#diary = diary;
    this.#settings = settings;
  }

  get settings(): BrokerSettings {
    return this.#settings;
  }

  get host(): HostFacts | undefined {
    return this.#host;
  }

  get plan(): Plan | undefined {
    return this.#plan;
  }

  record(name: string): GuestRecord | undefined {
    return this.#records.get(name);
  }

  records(): Iterable<GuestRecord> {
    return this.#records.values();
  }

  /** Takes the guests as they are found and begins to tick. */
  async start(entries: readonly GuestEntry[]): Promise<void> {
    this.#adopt(entries);
    this.#restoreHolds();
    await this.#tick();
  }

  /** New settings and guests; those that stay the same keep their connections and what was learned about them. */
  async reconfigure(settings: BrokerSettings, entries: readonly GuestEntry[]): Promise<void> {
    this.#settings = settings;
    const wanted = new Map(entries.map((entry) => [entry.name, JSON.stringify(entry)]));
    for (const [name, record] of this.#records) {
      if (wanted.get(name) === JSON.stringify(record.entry)) continue;
      this.#records.delete(name);
      await close(record);
    }
    this.#adopt(entries);
  }

  /** Ends all connections; balloons stay as they are, or are released where the settings say so. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#ticking;
    if (this.#settings.onStop === "release") await this.#releaseAll();
    await Promise.allSettled([...this.#records.values()].map(close));
  }

  /** Holds a target by hand, or lets go with `undefined`; takes effect at once. */
  hold(record: GuestRecord, targetBytes: number | undefined, forMs: number | undefined): void {
    const nowMs = this.#ports.clock.nowMs();
    record.manual =
      targetBytes === undefined
        ? undefined
        : { targetBytes, sinceMs: nowMs, ...(forMs !== undefined && { untilMs: nowMs + forMs }) };
    this.#saveHolds();
    this.#schedule(0);
  }

  #adopt(entries: readonly GuestEntry[]): void {
    for (const entry of entries) {
      if (this.#records.has(entry.name)) continue;
      const machine = this.#ports.machine(entry, this.#machineListener(entry.name));
      const agent = this.#ports.agent(entry, this.#agentListener(entry.name));
      this.#records.set(entry.name, new GuestRecord(entry, machine, agent, this.#ports.clock.nowMs()));
    }
  }

  #schedule(delayMs: number): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#tick(), delayMs);
  }

  /** One round; a second call while one runs waits for that one. */
  #tick(): Promise<void> {
    this.#ticking ??= this.#round().finally(() => {
      this.#ticking = undefined;
      this.#schedule((this.#plan?.owedBytes ?? 0) > 0 ? OWED_TICK_MS : this.#settings.tickMs);
    });
    return this.#ticking;
  }

  async #round(): Promise<void> {
    try {
      await this.#observe();
      if (!this.#stopped && this.#host !== undefined) this.#decideAndApply(this.#host);
    } catch (error) {
      this.#diary.note("error", "problem", `this round was lost: ${String(error)}`);
    }
  }

  async #observe(): Promise<void> {
    const looks = [...this.#records.values()].filter((record) => !record.observing).map((r) => this.#look(r));
    const limit = new Promise((resolve) => setTimeout(resolve, OBSERVE_LIMIT_MS).unref());
    const [host] = await Promise.all([this.#ports.host.read(), Promise.race([Promise.all(looks), limit])]);
    this.#host = host;
  }

  async #look(record: GuestRecord): Promise<void> {
    record.observing = true;
    try {
      const [facts, held] = await Promise.all([
        record.machine.observe(),
        this.#ports.held.read(record.entry.qmpPath),
      ]);
      this.#takeIn(record, facts);
      record.held = held;
    } finally {
      record.observing = false;
    }
  }

  #takeIn(record: GuestRecord, facts: Awaited<ReturnType<MachinePort["observe"]>>): void {
    // The size of a guest outlives a monitor that does not answer for a while.
    const maxBytes = facts.maxBytes ?? record.machineFacts.maxBytes;
    record.machineFacts = { ...facts, ...(maxBytes !== undefined && { maxBytes }) };
    if (maxBytes !== undefined) record.agent?.setMaxBytes(maxBytes);
    if (facts.balloon !== undefined && facts.balloon.observedAtMs >= record.actualAtMs) {
      record.actualBytes = facts.balloon.actualBytes;
      record.actualAtMs = facts.balloon.observedAtMs;
    }
    this.#tellProblem(record, facts.problem);
    this.#watchOomKills(record, facts.stats?.oomKillsTotal);
  }

  #tellProblem(record: GuestRecord, problem: string | undefined): void {
    if (problem === record.toldProblem) return;
    record.toldProblem = problem;
    if (problem === undefined) this.#diary.note("info", "guest", "its QEMU answers", record.entry.name);
    else this.#diary.note("warn", "problem", problem, record.entry.name);
  }

  #watchOomKills(record: GuestRecord, kills: number | undefined): void {
    if (kills === undefined) return;
    if (record.oomKills !== undefined && kills > record.oomKills) {
      const text = `the guest's OOM killer woke (${kills - record.oomKills} killed) at ${formatMib(record.actualBytes)}`;
      this.#diary.note("error", "guest", text, record.entry.name);
    }
    record.oomKills = kills;
  }

  #snapshot(host: HostFacts): Snapshot {
    return buildSnapshot(host, this.#records.values(), this.#ports.clock.nowMs());
  }

  #decideAndApply(host: HostFacts): void {
    const before = this.#plan?.regime;
    const { plan, memory } = decide(this.#snapshot(host), this.#memory, this.#settings.policy);
    this.#plan = plan;
    this.#memory = memory;
    if (before !== undefined && before !== plan.regime) {
      this.#diary.note("info", "regime", `the host's memory is ${plan.regime} (was ${before})`);
    }
    for (const notice of plan.notices) this.#diary.note(notice.level, "policy", notice.text, notice.guest);
    for (const move of plan.moves) this.#apply(move);
  }

  #apply(move: Move): void {
    const record = this.#records.get(move.name);
    if (record === undefined) return;
    const inflateBytes = (record.actualBytes ?? move.fromBytes) - move.toBytes;
    if (inflateBytes > 0) record.agent?.noticeInflation(move.toBytes, inflateBytes);
    record.targetBytes = move.toBytes;
    const sent = record.machine.setTarget(move.toBytes);
    record.remember({ ...move, atMs: this.#ports.clock.wallMs() });
    this.#diary.note("info", "move", moveText(move), move.name);
    sent.catch((error: unknown) => {
      // What QEMU did with it is unknown: the next look tells, and until then nothing is assumed.
      if (record.targetBytes === move.toBytes) record.targetBytes = undefined;
      this.#diary.note("warn", "problem", `the balloon command failed: ${String(error)}`, move.name);
    });
  }

  /** The urgent path: nothing here waits for anything. */
  #onDemand(name: string, demand: GuestDemand): void {
    const record = this.#records.get(name);
    if (record === undefined || this.#host === undefined || this.#stopped) return;
    const { answer, moves, memory } = answerDemand(
      this.#snapshot(this.#host),
      this.#memory,
      this.#settings.policy,
      name,
      demand,
    );
    this.#memory = memory;
    for (const move of moves) this.#apply(move);
    record.agent?.answer(demand.sequence, answer);
    const text = `asked for ${formatMib(demand.needBytes)} (${demand.level}): ${answer.outcome}, target ${formatMib(answer.targetBytes)}`;
    this.#diary.note(answer.outcome === "granted" ? "info" : "warn", "demand", text, name);
    if (answer.outcome !== "granted") this.#schedule(OWED_TICK_MS);
  }

  #onReport(name: string, report: GuestReport): void {
    const record = this.#records.get(name);
    if (record !== undefined) this.#watchOomKills(record, report.oomKillsTotal);
  }

  #machineListener(name: string): MachineListener {
    return {
      onBalloonChange: (actualBytes) => {
        const record = this.#records.get(name);
        if (record === undefined) return;
        record.actualBytes = actualBytes;
        record.actualAtMs = this.#ports.clock.nowMs();
      },
      onReset: () => {
        const record = this.#records.get(name);
        if (record === undefined) return;
        record.bootSeenAtMs = this.#ports.clock.nowMs();
        record.resetAtMs = record.bootSeenAtMs;
        record.oomKills = undefined;
        this.#diary.note("info", "guest", "it was reset: a new boot begins", name);
        this.#schedule(0);
      },
      onConnection: (connected) => {
        const record = this.#records.get(name);
        // Another QEMU may stand behind the socket now: what was commanded to the old one means nothing.
        if (record !== undefined && !connected) record.targetBytes = undefined;
      },
    };
  }

  #agentListener(name: string): AgentListener {
    return {
      onReport: (report) => this.#onReport(name, report),
      onDemand: (demand) => this.#onDemand(name, demand),
      onSession: (level, text) => this.#diary.note(level, "agent", text, name),
    };
  }

  async #releaseAll(): Promise<void> {
    const releases = [...this.#records.values()].map((record) => {
      const limits = record.limits();
      return limits === undefined ? undefined : record.machine.setTarget(limits.maxBytes);
    });
    const limit = new Promise((resolve) => setTimeout(resolve, RELEASE_LIMIT_MS).unref());
    await Promise.race([Promise.allSettled(releases), limit]);
  }

  #restoreHolds(): void {
    const { clock, holds } = this.#ports;
    for (const [name, hold] of Object.entries(holds.load())) {
      const record = this.#records.get(name);
      const leftMs = hold.untilWallMs === undefined ? undefined : hold.untilWallMs - clock.wallMs();
      if (record === undefined || (leftMs !== undefined && leftMs <= 0)) continue;
      const nowMs = clock.nowMs();
      record.manual = {
        targetBytes: hold.targetBytes,
        sinceMs: nowMs,
        ...(leftMs !== undefined && { untilMs: nowMs + leftMs }),
      };
    }
  }

  #saveHolds(): void {
    const { clock, holds } = this.#ports;
    const kept = [...this.#records.values()].flatMap(({ entry, manual }) => {
      if (manual === undefined) return [];
      const untilWallMs =
        manual.untilMs === undefined ? undefined : clock.wallMs() + manual.untilMs - clock.nowMs();
      return [
        [entry.name, { targetBytes: manual.targetBytes, ...(untilWallMs !== undefined && { untilWallMs }) }],
      ];
    });
    holds.save(Object.fromEntries(kept));
  }
}

async function close(record: GuestRecord): Promise<void> {
  await Promise.allSettled([record.machine.close(), record.agent?.close()]);
}
