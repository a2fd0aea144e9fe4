/** Controls KSM: once per interval it observes, decides and sets the knobs. At the end it restores everything. */
import type { KsmGuest, KsmReading } from "../../model/ksm.ts";
import type { KsmGuestStatus, KsmStatus, MergeVerdict } from "../../model/ksm-status.ts";
import { NameIndex } from "../../model/name-index.ts";
import type { KsmCommand } from "../../model/status.ts";
import { decideKsm, FRESH_KSM, type KsmDecision, type KsmMemory } from "../../policy/ksm/decide.ts";
import type { EventLog } from "../event-log.ts";
import { TickScheduler } from "../tick-scheduler.ts";
import type { KsmAdapters, KsmBrokerState, KsmControllerSettings } from "./adapters.ts";
import { AdminCommands, isSteering, type KsmAnswer } from "./admin-commands.ts";
import { KsmObserver } from "./ksm-observer.ts";
import { MergeSwitch } from "./merge-switch.ts";
import { SavedKnobs } from "./saved-knobs.ts";
import { guestStatusOf, reasonText, statusOf } from "./status.ts";

/** A harvest's last scan is followed by the next one until it is judged: most that this may take, in milliseconds. */
const HARVEST_LOOK_MS = 2_000;

export class KsmController {
  readonly #ports: KsmAdapters;
  readonly #world: KsmBrokerState;
  readonly #events: EventLog;
  readonly #savedKnobs: SavedKnobs;
  readonly #mergeSwitch: MergeSwitch;
  readonly #observer: KsmObserver;
  readonly #adminCommands: AdminCommands;
  readonly #ticks: TickScheduler;
  readonly #guests = new NameIndex<KsmGuest>();
  readonly #merges = new NameIndex<MergeVerdict>();
  #settings: KsmControllerSettings;
  #memory: KsmMemory = FRESH_KSM;
  #decision: KsmDecision | undefined;
  #problem: string | undefined;
  #told: string | undefined;

  constructor(ports: KsmAdapters, world: KsmBrokerState, events: EventLog, settings: KsmControllerSettings) {
    this.#ports = ports;
    this.#world = world;
    this.#events = events;
    this.#settings = settings;
    this.#savedKnobs = new SavedKnobs(ports.writer, ports.record);
    this.#mergeSwitch = new MergeSwitch(ports.reader, this.#savedKnobs, events);
    this.#observer = new KsmObserver(ports, world, this.#mergeSwitch);
    this.#ticks = new TickScheduler(ports.clock, () => this.#tick());
    this.#adminCommands = new AdminCommands({
      ...{ ports, world, events, savedKnobs: this.#savedKnobs, observer: this.#observer },
      settings: () => this.#settings,
      onChange: () => this.#ticks.within(0),
    });
  }

  /** Takes over from a broker that crashed, and begins; resolves after the first tick. */
  async start(): Promise<void> {
    this.#observer.otherBroker = this.#savedKnobs.takeOver().otherBroker;
    if (Object.keys(this.#savedKnobs.found).length > 0)
      this.#events.add("warn", "ksm", "the last broker crashed; its saved KSM settings were found");
    await this.#ticks.start();
  }

  reconfigure(settings: KsmControllerSettings): void {
    this.#settings = settings;
    this.#ticks.within(0);
  }

  /** Puts the knobs back as they were found. Guests that must not share stay unmerged. */
  async stop(): Promise<void> {
    await this.#ticks.stop();
    await this.#adminCommands.takingApart?.ended;
    const merges = this.#decision?.merges ?? [];
    const apart = new Set(merges.flatMap(({ name, reason }) => (reason === "other-trust" ? [name] : [])));
    await this.#mergeSwitch.giveBack(this.#world.records(), (name) => apart.has(name));
    try {
      await this.#restore("the broker stops");
    } catch (error) {
      this.#events.add("error", "ksm", `KSM's knobs cannot be put back as they were found: ${String(error)}`);
    }
  }

  order(order: KsmCommand): Promise<KsmAnswer> {
    return this.#adminCommands.carryOut(order);
  }

  /** Undefined: there is no KSM, or it has not been read yet. */
  status(): KsmStatus | undefined {
    const { reading } = this.#observer;
    const decision = this.#decision;
    if (reading === undefined || decision === undefined) return undefined;
    const unmerge = this.#adminCommands.takingApart?.progress;
    const { act } = this.#settings;
    return statusOf({
      mode: this.#adminCommands.mode,
      act,
      reading,
      decision,
      problem: this.#problem,
      unmerge,
    });
  }

  /** Undefined while KSM has not covered the guest. */
  guest(name: string): KsmGuestStatus | undefined {
    const guest = this.#guests.find(this.#observer.guests, name);
    const verdict = this.#decision && this.#merges.find(this.#decision.merges, name);
    return guest && guestStatusOf(guest, verdict, this.#observer.reading?.pageBytes ?? 0);
  }

  /** Never rejects; resolves with the longest time to the next tick. */
  async #tick(): Promise<number> {
    try {
      await this.#lookAndDecide();
      this.#setProblem(undefined);
    } catch (error) {
      this.#setProblem(error instanceof Error ? error.message : String(error));
    }
    const { intervalMs } = this.#settings.ksm;
    return this.#decision?.phase === "harvest" ? Math.min(intervalMs, HARVEST_LOOK_MS) : intervalMs;
  }

  async #lookAndDecide(): Promise<void> {
    const settings = { ...this.#settings.ksm, mode: this.#adminCommands.mode };
    const snapshot = await this.#observer.observe(settings);
    if (snapshot === undefined) return;
    const isOn = this.#adminCommands.consumeForcedOn();
    const decision = decideKsm(snapshot, this.#memory, settings, {
      written: this.#savedKnobs.written,
      manual: isOn ? "on" : this.#savedKnobs.manualOff ? "off" : "auto",
      unmerging: this.#adminCommands.isUnmerging,
      switchedOff: new Set(Object.values(this.#savedKnobs.switchedOff)),
    });
    this.#memory = decision.memory;
    this.#decision = decision;
    this.#tell(decision);
    if (decision.reason === "rival" || decision.reason === "foreign-change") this.#savedKnobs.letGo();
    else if (this.#settings.act && isSteering(settings.mode))
      await this.#carryOut(decision, snapshot.reading);
    else await this.#putRight();
  }

  async #carryOut(decision: KsmDecision, reading: KsmReading): Promise<void> {
    const acting = this.#world.records().filter(({ entry }) => this.#world.isActing(entry.name));
    this.#mergeSwitch.apply(decision.merges, acting);
    await this.#savedKnobs.turn(decision.knobs, reading.knobs);
  }

  /** The broker does not control KSM. What an earlier broker or other settings left is undone, but not what the admin unmerged. */
  async #putRight(): Promise<void> {
    if (this.#adminCommands.takingApart !== undefined) return;
    await this.#mergeSwitch.giveBack(this.#world.records(), () => false);
    if (Object.keys(this.#savedKnobs.found).length > 0)
      await this.#restore("the broker no longer controls KSM");
  }

  async #restore(why: string): Promise<void> {
    const reading = await this.#ports.reader.read();
    if (await this.#savedKnobs.restore(reading?.knobs))
      this.#events.add("info", "ksm", `KSM's knobs are put back as they were found: ${why}`);
  }

  #tell(decision: KsmDecision): void {
    const text = reasonText(decision);
    if (text === this.#told) return;
    this.#told = text;
    const isWarning = decision.reason === "rival" || decision.reason === "foreign-change";
    this.#events.add(isWarning ? "warn" : "info", "ksm", text);
  }

  #setProblem(problem: string | undefined): void {
    if (problem !== undefined && problem !== this.#problem) this.#events.add("warn", "ksm", problem);
    this.#problem = problem;
  }
}
