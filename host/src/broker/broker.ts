/** The loop: each tick observes, decides and applies. Demands are answered at once, beside the tick. */
import type { ObserveOptions } from "../model/adapters.ts";
import type { GuestDemand, GuestFacts } from "../model/guest.ts";
import type { LearnedHotCache } from "../model/history.ts";
import type { HostFacts } from "../model/host.ts";
import type { GuestEntry } from "../model/inventory.ts";
import type { Plan } from "../model/plan.ts";
import type { Mode, ModeChoice, PolicySettings } from "../model/settings.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { UrgentDecision } from "../policy/answer-demand.ts";
import type { BrokerAdapters, BrokerSettings } from "./adapters.ts";
import { BalloonCommands } from "./balloon-commands.ts";
import { nudgeBytes } from "./balloon-nudge.ts";
import { DemandHandler } from "./demand-handler.ts";
import type { EventLog } from "./event-log.ts";
import { GuestEvents } from "./guest-events.ts";
import { GuestModes } from "./guest-modes.ts";
import { GuestPoller } from "./guest-poller.ts";
import { ProblemReporter, problemsOf } from "./guest-problems.ts";
import type { GuestRecord } from "./guest-record.ts";
import { GuestRegistry, type RegistryChange } from "./guest-registry.ts";
import { mostAgeMs } from "./look-age.ts";
import { ManualTargets } from "./manual-targets.ts";
import { Moment } from "./moment.ts";
import { OtherControllers } from "./other-controllers.ts";
import { PolicyRunner, type PolicyWork } from "./policy-runner.ts";
import { buildSnapshot, snapshotFacts } from "./snapshot.ts";
import { OWED_TICK_MS, TickPace } from "./tick-pace.ts";
import { TickScheduler } from "./tick-scheduler.ts";
import { withoutEarlyGifts } from "./unseen-guests.ts";

/** Two ticks begin at least this far apart, whatever requests them. */
const MIN_TICK_MS = 20;
/** A balloon whose size changed within this time still moves; QEMU reports changes once a second. */
const MOVING_MS = 1_500;

export class Broker {
  readonly #adapters: BrokerAdapters;
  readonly #events: EventLog;
  readonly #registry: GuestRegistry;
  readonly #policy = new PolicyRunner();
  readonly #poller: GuestPoller;
  readonly #otherControllers: OtherControllers;
  readonly #commands: BalloonCommands;
  readonly #manualTargets: ManualTargets;
  readonly #modes: GuestModes;
  readonly #problems: ProblemReporter;
  readonly #demands: DemandHandler;
  readonly #guestEvents: GuestEvents;
  readonly #ticks: TickScheduler;
  readonly #pace = new TickPace();
  readonly #moment: Moment;
  #settings: BrokerSettings;
  #host: HostFacts | undefined;
  /** Why the last tick failed. */
  #failedTick: string | undefined;
  #stopped = false;

  constructor(adapters: BrokerAdapters, events: EventLog, settings: BrokerSettings) {
    const { clock } = adapters;
    this.#adapters = adapters;
    this.#events = events;
    this.#settings = settings;
    this.#registry = new GuestRegistry(clock, adapters);
    this.#otherControllers = new OtherControllers(clock, adapters.socketClients, events);
    this.#poller = new GuestPoller(clock, adapters.processMemory, events, this.#otherControllers, (name) =>
      this.#moment.changed(name),
    );
    this.#commands = new BalloonCommands(clock, events, adapters.observer);
    this.#manualTargets = new ManualTargets(clock, adapters.manualTargets, events);
    this.#modes = new GuestModes(adapters.guestModes);
    this.#problems = new ProblemReporter(events);
    this.#moment = new Moment({
      nowMs: () => clock.nowMs(),
      snapshot: (host) => this.#snapshot(host),
      facts: (name, nowMs) => this.#factsOf(name, nowMs),
    });
    this.#ticks = new TickScheduler(clock, () => this.#tick(), MIN_TICK_MS);
    this.#demands = new DemandHandler({
      clock,
      observer: adapters.observer,
      events,
      decide: (record, demand) => this.#decideDemand(record, demand),
      tickSoon: () => this.#ticks.within(OWED_TICK_MS),
    });
    this.#guestEvents = new GuestEvents({
      clock,
      events,
      poller: this.#poller,
      otherControllers: this.#otherControllers,
      record: (name) => this.#registry.get(name),
      onNews: (name) => this.#moment.changed(name),
      onDemand: (record, demand) => this.#demands.onDemand(record, demand),
      onReset: (record, isNews) => this.#onReset(record, isNews),
      onMemoryDoubted: () => this.#ticks.within(OWED_TICK_MS),
    });
  }

  get settings(): BrokerSettings {
    return this.#settings;
  }

  get host(): HostFacts | undefined {
    return this.#host;
  }

  get plan(): Plan | undefined {
    return this.#policy.plan;
  }

  /** How often the policy has decided. */
  get work(): PolicyWork {
    return this.#policy.work;
  }

  /** The guest's own mode; undefined: the config's mode holds. */
  ownMode(name: string): Mode | undefined {
    return this.#modes.own(name);
  }

  /** Whether the broker moves the balloon of a guest that has one. */
  isActing(name: string): boolean {
    return this.#modes.of(name, this.#settings.policy.mode) === "act";
  }

  /** What was learned of the caches of guests that have reported since they booted. */
  hotCaches(): LearnedHotCache[] {
    return this.#registry.all().flatMap(({ entry: { name }, boot }) => {
      const bytes = this.#policy.hotCacheBytes(name, boot.seenAtMs);
      const bootId = boot.report?.bootId;
      return bytes === undefined || bootId === undefined ? [] : [{ name, bootId, bytes }];
    });
  }

  record(name: string): GuestRecord | undefined {
    return this.#registry.get(name);
  }

  records(): readonly GuestRecord[] {
    return this.#registry.all();
  }

  /** Adopts the guests as they are and begins to tick. Resolves after the first tick. */
  async start(entries: readonly GuestEntry[]): Promise<void> {
    for (const entry of entries) this.#registry.adopt(entry, this.#guestEvents);
    this.#modes.restore();
    this.#manualTargets.restore((name) => this.#registry.get(name));
    await this.#ticks.start();
  }

  /**
   * Takes new settings and guests, as {@link GuestRegistry.change} does. A dismissed guest keeps its size, or gets its memory back if
   * `onStop` is `release`. One call at a time; nothing happens after `stop`.
   */
  async reconfigure(settings: BrokerSettings, entries: readonly GuestEntry[]): Promise<void> {
    if (this.#stopped) return;
    const driven = this.#registry.all().filter((record) => this.#isDriven(record));
    this.#settings = settings;
    const isReleasing = driven.length > 0 && settings.onStop === "release";
    const release = async (leaving: readonly GuestRecord[]) =>
      isReleasing ? this.#commands.releaseAll(driven.filter((r) => leaving.includes(r))) : new Set<string>();
    const change = await this.#registry.change(entries, this.#guestEvents, release);
    this.#tellChange(change, isReleasing);
    const wasDriven = new Set(driven.map(({ entry }) => entry.name));
    await this.#stopActing(this.#registry.all().filter(({ entry }) => wasDriven.has(entry.name)));
    this.#manualTargets.saveAll(this.#registry.all());
    this.#moment.end();
    this.#ticks.within(0);
  }

  /** Ends all connections. Balloons stay as they are, or are released, as the settings say unless `onStop` is given. */
  async stop(onStop: BrokerSettings["onStop"] = this.#settings.onStop): Promise<void> {
    this.#stopped = true;
    await this.#ticks.stop();
    const driven = this.#registry.all().filter((record) => this.#isDriven(record));
    if (onStop === "release" && driven.length > 0) await this.#release(driven);
    await this.#registry.close();
  }

  /** Guests that were driven are only observed now: nothing gives back what was taken, so it is released first. */
  async #stopActing(driven: readonly GuestRecord[]): Promise<void> {
    const stopped = driven.filter(({ entry }) => !this.isActing(entry.name));
    if (stopped.length === 0) return;
    if (this.#settings.onStop === "release") await this.#release(stopped);
    else this.#events.add("warn", "reloaded", `${observedText(stopped)}: balloons stay as they are`);
  }

  async #release(driven: readonly GuestRecord[]): Promise<void> {
    const { size } = await this.#commands.releaseAll(driven);
    const text = `${size} of ${driven.length} guests were given all of their memory`;
    this.#events.add(size === driven.length ? "info" : "warn", "stopping", text);
  }

  /**
   * Sets the guests' own mode, which goes before the config's, or ends it with `config`; takes effect at once. What was taken of a guest that is only observed
   * from now on is released if `onStop` says so.
   * @throws {GuestModeStoreError} if it cannot be saved for a restart; then nothing has changed.
   */
  setModes(records: readonly GuestRecord[], choice: ModeChoice): void {
    const driven = records.filter((record) => this.#isDriven(record));
    this.#modes.set(
      records.map(({ entry }) => entry.name),
      choice,
    );
    this.#demands.changed();
    this.#moment.end();
    void this.#stopActing(driven);
    this.#ticks.within(0);
  }

  /**
   * Sets a manual target, or ends it with `undefined`; takes effect at once.
   * @throws {ManualTargetStoreError} if it cannot be saved for a restart; then nothing has changed.
   */
  setManualTarget(record: GuestRecord, targetBytes: number | undefined, forMs: number | undefined): void {
    this.#manualTargets.change(record, targetBytes, forMs, this.#registry.all());
    // A command of the admin takes the balloon back from another program.
    record.balloon.reclaim();
    this.#moment.end();
    this.#ticks.within(0);
  }

  /** Never rejects; resolves with the longest time to the next tick. */
  async #tick(): Promise<number> {
    const { clock, observer } = this.#adapters;
    try {
      const [beganAtMs, workedBeforeMs] = [clock.nowMs(), clock.workedMs?.()];
      const [host] = await Promise.all([
        this.#adapters.host.read(),
        this.#poller.pollAll(this.#registry.all(), (record) => this.#observeOptions(record)),
      ]);
      const observedAtMs = clock.nowMs();
      this.#host = host;
      this.#manualTargets.endExpired(this.#registry.all());
      this.#otherControllers.reclaimQuiet(this.#registry.all());
      if (!this.#stopped) this.#decideAndApply(this.#snapshot(host));
      this.#failedTick = undefined;
      observer?.ticked({
        observeMs: observedAtMs - beganAtMs,
        decideMs: clock.nowMs() - observedAtMs,
        ...(workedBeforeMs !== undefined && { workMs: (clock.workedMs?.() ?? 0) - workedBeforeMs }),
      });
    } catch (error) {
      const text = `ticks fail, nothing is balanced: ${String(error)}`;
      if (text !== this.#failedTick) this.#events.add("error", "problem", text);
      this.#failedTick = text;
    }
    return this.#pace.next(this.plan, this.#isMoving(), this.#settings.tickMs);
  }

  #observeOptions(record: GuestRecord): ObserveOptions {
    const nowMs = this.#adapters.clock.nowMs();
    return {
      readOnly: !this.isActing(record.entry.name),
      mostAgeMs: mostAgeMs(record, this.#settings.tickMs, nowMs, this.#registry.size),
    };
  }

  /** Whether a balloon moved lately: what one guest gives can pay another guest's demand. */
  #isMoving(): boolean {
    const sinceMs = this.#adapters.clock.nowMs() - MOVING_MS;
    return this.#registry.all().some(({ balloon }) => balloon.movedAtMs >= sinceMs);
  }

  #snapshot(host: HostFacts): Snapshot {
    const nowMs = this.#adapters.clock.nowMs();
    return buildSnapshot(host, this.#registry.all(), nowMs, this.#observedTest(), this.#adapters);
  }

  #factsOf(name: string, nowMs: number): GuestFacts | undefined {
    const record = this.#registry.get(name);
    return record && snapshotFacts(record, nowMs, this.#observedTest(), this.#adapters);
  }

  /** Whether a guest is only watched while others are balanced. */
  #observedTest(): (name: string) => boolean {
    const isMixed = this.#policySettings().mode === "act";
    return (name) => isMixed && !this.isActing(name);
  }

  /** While no guest is acted on, the policy decides what it would do for all. */
  #policySettings(): PolicySettings {
    const { policy } = this.#settings;
    return {
      ...policy,
      mode: this.#registry.some(({ entry }) => this.isActing(entry.name)) ? "act" : "observe",
    };
  }

  /** Whether the broker moves this guest: only then there is memory to give back. */
  #isDriven({ isLeftAlone, balloon, entry }: GuestRecord): boolean {
    return !isLeftAlone && balloon.other === undefined && this.isActing(entry.name);
  }

  #decideAndApply(snapshot: Snapshot): void {
    this.#demands.changed();
    this.#moment.begin(snapshot);
    const before = this.plan?.regime;
    const plan = this.#policy.decide(snapshot, this.#policySettings());
    if (before !== undefined && before !== plan.regime) {
      this.#events.add("info", "regime", `the host's memory is ${plan.regime} (was ${before})`);
    }
    for (const notice of plan.notices) this.#events.add(notice.level, "policy", notice.text, notice.guest);
    const moves = withoutEarlyGifts(plan.moves, this.#registry.all(), snapshot.nowMs);
    this.#commands.carryOut(moves, snapshot.nowMs, (name) => this.#registry.get(name));
    this.#commands.carryOut(plan.repeats, snapshot.nowMs, (name) => this.#registry.get(name), true);
    for (const { name } of [...moves, ...plan.repeats]) this.#moment.changed(name);
    this.#nudge(snapshot.nowMs);
    this.#reportProblems(plan, snapshot.nowMs);
  }

  #nudge(nowMs: number): void {
    for (const record of this.#registry.all()) {
      const toBytes = this.isActing(record.entry.name) ? nudgeBytes(record, nowMs) : undefined;
      if (toBytes === undefined) continue;
      record.balloon.nudged(nowMs);
      const { name } = record.entry;
      this.#moment.changed(name);
      this.#events.add(
        "info",
        "guest",
        "QEMU still reports the size from before the reboot; nudged the balloon to refresh it",
        name,
      );
      this.#commands.apply(record, { name, toBytes, kind: "learn-size", reason: "size-unknown" });
    }
  }

  #reportProblems(plan: Plan, nowMs: number): void {
    const blind = new Set(plan.verdicts.flatMap(({ name, source }) => (source === "none" ? [name] : [])));
    for (const record of this.#registry.all()) {
      const { name } = record.entry;
      record.sawBlindness(blind.has(name), nowMs);
      record.foundProblems(problemsOf(record, nowMs, this.#settings.policy.tuning.staleAfterMs));
      this.#problems.tell(name, record.problems);
    }
  }

  /** Decides a demand on the newest facts, and carries out its moves. */
  #decideDemand(record: GuestRecord, demand: GuestDemand): UrgentDecision | undefined {
    if (this.#host === undefined || this.#stopped) return undefined;
    const { name } = record.entry;
    this.#moment.changed(name);
    const snapshot = this.#moment.snapshot(this.#host);
    const decision = this.#policy.answer(snapshot, this.#policySettings(), name, demand);
    for (const { name: moved } of decision.moves) this.#moment.changed(moved);
    this.#commands.carryOut(decision.moves, snapshot.nowMs, (each) => this.#registry.get(each));
    return decision;
  }

  /**
   * A reset empties the balloon, but QEMU keeps the target, and the next driver goes there at once. That would squeeze a booting guest
   * to what its last boot could spare. The guest has the memory until then anyway, so the ledger lends it nothing.
   */
  #onReset(record: GuestRecord, isNews: boolean): void {
    const limits = record.limits();
    const fromBytes = record.balloon.targetBytes ?? record.balloon.actualBytes;
    const isOurs = this.#isDriven(record) && !this.#stopped;
    if (isOurs && limits !== undefined && fromBytes !== undefined && fromBytes < limits.maxBytes) {
      const { name } = record.entry;
      this.#moment.changed(name);
      this.#commands.apply(record, { name, toBytes: limits.maxBytes, kind: "reset", reason: "reset" });
    }
    // A guest that resets again and again must not make the broker send a command each time.
    if (isNews) this.#ticks.within(OWED_TICK_MS);
  }

  #tellChange({ added, removed, changed, released }: RegistryChange, isReleasing: boolean): void {
    for (const name of removed) {
      this.#problems.forget(name);
      this.#demands.forget(name);
      this.#events.forget(name);
      const isTold = released.has(name);
      const text = `no longer managed: ${isTold ? "it was given all of its memory" : "its balloon stays as it is"}`;
      this.#events.add(isReleasing && !isTold ? "warn" : "info", "guest", text, name);
    }
    for (const name of added) this.#events.add("info", "guest", "managed from now on", name);
    for (const name of changed) this.#events.add("info", "guest", "its settings have changed", name);
  }
}

function observedText(records: readonly GuestRecord[]): string {
  return records.length === 1
    ? `${records[0]?.entry.name} is only observed from now on`
    : `${records.length} guests are only observed from now on`;
}
