/** The loop: observe, decide, apply, once a tick; and beside it the urgent path for demands. */
import { MIB } from "../model/bytes.ts";
import type { GuestDemand } from "../model/guest.ts";
import type { HostFacts } from "../model/host.ts";
import type { GuestEntry } from "../model/inventory.ts";
import type { DemandAnswer, Plan } from "../model/plan.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { Commands } from "./commands.ts";
import { DemandNotes } from "./demand-notes.ts";
import type { Diary } from "./diary.ts";
import { Ears } from "./ears.ts";
import type { GuestRecord } from "./guest-record.ts";
import { HandHolds } from "./hand-holds.ts";
import { Intake } from "./intake.ts";
import { Mind } from "./mind.ts";
import type { BrokerPorts, BrokerSettings } from "./ports.ts";
import { Roster, type RosterChange } from "./roster.ts";
import { Rounds } from "./rounds.ts";
import { buildSnapshot } from "./snapshot-builder.ts";
import { nudgeBytes } from "./stale-size.ts";
import { TroubleTeller, troublesOf } from "./trouble.ts";

/** While a demand is unpaid the next look comes this soon. */
const OWED_TICK_MS = 100;
/** While the host could run out within seconds. */
const HURRIED_TICK_MS = 250;

export class Broker {
  readonly #ports: BrokerPorts;
  readonly #diary: Diary;
  readonly #roster: Roster;
  readonly #mind = new Mind();
  readonly #intake: Intake;
  readonly #commands: Commands;
  readonly #holds: HandHolds;
  readonly #troubles: TroubleTeller;
  readonly #demandNotes: DemandNotes;
  readonly #ears: Ears;
  readonly #rounds: Rounds;
  #settings: BrokerSettings;
  #host: HostFacts | undefined;
  /** Why the last round was lost. */
  #lostRound: string | undefined;
  #stopped = false;

  constructor(ports: BrokerPorts, diary: Diary, settings: BrokerSettings) {
    const { clock } = ports;
    this.#ports = ports;
    this.#diary = diary;
    this.#settings = settings;
    this.#roster = new Roster(clock, ports);
    this.#intake = new Intake(clock, ports.held, diary);
    this.#commands = new Commands(clock, diary);
    this.#holds = new HandHolds(clock, ports.holds, diary);
    this.#troubles = new TroubleTeller(diary);
    this.#demandNotes = new DemandNotes(diary);
    this.#rounds = new Rounds(clock, () => this.#round());
    this.#ears = new Ears({
      clock,
      diary,
      intake: this.#intake,
      record: (name) => this.#roster.get(name),
      onDemand: (record, demand) => this.#onDemand(record, demand),
      onReset: (record) => this.#onReset(record),
    });
  }

  get settings(): BrokerSettings {
    return this.#settings;
  }

  get host(): HostFacts | undefined {
    return this.#host;
  }

  get plan(): Plan | undefined {
    return this.#mind.plan;
  }

  record(name: string): GuestRecord | undefined {
    return this.#roster.get(name);
  }

  records(): readonly GuestRecord[] {
    return this.#roster.all();
  }

  /** Takes the guests as they are found and begins to tick; resolves after the first round. */
  async start(entries: readonly GuestEntry[]): Promise<void> {
    for (const entry of entries) this.#roster.adopt(entry, this.#ears);
    this.#holds.restore((name) => this.#roster.get(name));
    await this.#rounds.start();
  }

  /** New settings and guests, as {@link Roster.change} does it. One call at a time; nothing happens after `stop`. */
  async reconfigure(settings: BrokerSettings, entries: readonly GuestEntry[]): Promise<void> {
    if (this.#stopped) return;
    this.#settings = settings;
    const change = await this.#roster.change(entries, this.#ears);
    this.#tellChange(change);
    this.#holds.save(this.#roster.all());
    this.#rounds.within(0);
  }

  /** Ends all connections; balloons stay as they are, or are released where the settings say so. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#rounds.stop();
    const { onStop, policy } = this.#settings;
    // Who only observes, or leaves a guest alone, has nothing to give back.
    const ours = this.#roster.all().filter(({ entry }) => entry.shares > 0);
    if (onStop === "release" && policy.mode === "act") await this.#commands.releaseAll(ours);
    await this.#roster.close();
  }

  /** Holds a target by hand, or lets go with `undefined`; takes effect at once. */
  hold(record: GuestRecord, targetBytes: number | undefined, forMs: number | undefined): void {
    this.#holds.set(record, targetBytes, forMs);
    this.#holds.save(this.#roster.all());
    this.#rounds.within(0);
  }

  /** Never rejects; resolves with the longest time to the next round. */
  async #round(): Promise<number> {
    try {
      const [host] = await Promise.all([this.#ports.host.read(), this.#intake.lookAtAll(this.#roster.all())]);
      this.#host = host;
      this.#holds.endExpired(this.#roster.all());
      if (!this.#stopped) this.#decideAndApply(this.#snapshot(host));
      this.#lostRound = undefined;
    } catch (error) {
      const text = `rounds are lost, nothing is balanced: ${String(error)}`;
      if (text !== this.#lostRound) this.#diary.note("error", "problem", text);
      this.#lostRound = text;
    }
    const { owedBytes = 0, hurried = false } = this.plan ?? {};
    if (owedBytes > 0) return OWED_TICK_MS;
    return hurried ? Math.min(HURRIED_TICK_MS, this.#settings.tickMs) : this.#settings.tickMs;
  }

  #snapshot(host: HostFacts): Snapshot {
    return buildSnapshot(host, this.#roster.all(), this.#ports.clock.nowMs());
  }

  #decideAndApply(snapshot: Snapshot): void {
    const before = this.plan?.regime;
    const plan = this.#mind.decide(snapshot, this.#settings.policy);
    if (before !== undefined && before !== plan.regime) {
      this.#diary.note("info", "regime", `the host's memory is ${plan.regime} (was ${before})`);
    }
    for (const notice of plan.notices) this.#diary.note(notice.level, "policy", notice.text, notice.guest);
    for (const move of plan.moves) {
      const record = this.#roster.get(move.name);
      if (record !== undefined) this.#commands.apply(record, move);
    }
    for (const move of plan.repeats) {
      const record = this.#roster.get(move.name);
      if (record !== undefined) this.#commands.apply(record, move, true);
    }
    if (this.#settings.policy.mode === "act") this.#nudge(snapshot.nowMs);
    this.#tellTroubles(plan, snapshot.nowMs);
  }

  #nudge(nowMs: number): void {
    for (const record of this.#roster.all()) {
      const toBytes = nudgeBytes(record, nowMs);
      if (toBytes === undefined) continue;
      record.nudgedAtMs = nowMs;
      const { name } = record.entry;
      this.#diary.note(
        "info",
        "guest",
        "QEMU tells the size of before a reboot: moved a little to learn its size",
        name,
      );
      this.#commands.apply(record, { name, fromBytes: toBytes + MIB, toBytes, reason: "stuck" });
    }
  }

  #tellTroubles(plan: Plan, nowMs: number): void {
    const blind = new Set(plan.verdicts.flatMap(({ name, source }) => (source === "none" ? [name] : [])));
    for (const record of this.#roster.all()) {
      const { name } = record.entry;
      record.blindSinceMs = blind.has(name) ? (record.blindSinceMs ?? nowMs) : undefined;
      record.troubles = troublesOf(record, nowMs, this.#settings.policy.tuning.staleAfterMs);
      this.#troubles.tell(name, record.troubles);
    }
  }

  /** The urgent path: nothing here waits for anything. */
  #onDemand(record: GuestRecord, demand: GuestDemand): void {
    if (this.#host === undefined || this.#stopped) return;
    const { name } = record.entry;
    const told = this.#demandNotes.admits(name, this.#ports.clock.nowMs());
    const answer = record.connected
      ? this.#grant(record, demand, this.#snapshot(this.#host), !told)
      : unreachableAnswer(record);
    record.agent?.answer(demand.sequence, answer);
    if (told) this.#demandNotes.tell(name, demand, answer);
    if (answer.outcome !== "granted") this.#rounds.within(OWED_TICK_MS);
  }

  #grant(record: GuestRecord, demand: GuestDemand, snapshot: Snapshot, quietly: boolean): DemandAnswer {
    const { name } = record.entry;
    const { answer, moves } = this.#mind.answer(snapshot, this.#settings.policy, name, demand);
    for (const move of moves) {
      const moving = this.#roster.get(move.name);
      if (moving !== undefined) this.#commands.apply(moving, move, quietly);
    }
    return answer;
  }

  /**
   * A reset empties the balloon, but QEMU keeps the target, and the driver to come would go for it at once: a booting guest would
   * be squeezed to what its last boot could spare. What it has anyway until then is not lent to it.
   */
  #onReset(record: GuestRecord): void {
    const limits = record.limits();
    const fromBytes = record.targetBytes ?? record.actualBytes;
    const isOurs = this.#settings.policy.mode === "act" && record.entry.shares > 0 && !this.#stopped;
    if (isOurs && limits !== undefined && fromBytes !== undefined && fromBytes < limits.maxBytes) {
      const { name } = record.entry;
      this.#commands.apply(record, { name, fromBytes, toBytes: limits.maxBytes, reason: "give-back" });
    }
    this.#rounds.within(0);
  }

  #tellChange({ added, removed, changed }: RosterChange): void {
    for (const name of removed) {
      this.#troubles.forget(name);
      this.#demandNotes.forget(name);
      this.#diary.note("info", "guest", "no longer managed: its balloon stays as it is", name);
    }
    for (const name of added) this.#diary.note("info", "guest", "managed from now on", name);
    for (const name of changed) this.#diary.note("info", "guest", "its settings have changed", name);
  }
}

/** Without a connection to QEMU nothing can be given, and nothing may be booked as given. */
function unreachableAnswer({ actualBytes, machineFacts }: GuestRecord): DemandAnswer {
  const targetBytes = actualBytes ?? machineFacts.maxBytes ?? 0;
  return { outcome: "refused", grantedBytes: 0, targetBytes, reason: "inhibited" };
}
