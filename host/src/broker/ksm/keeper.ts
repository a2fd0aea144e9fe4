/** Keeps KSM: looks, decides, turns the knobs, once an interval; and puts everything back at the end. */
import type { KsmReading } from "../../model/ksm.ts";
import type { KsmGuestStatus, KsmStatus } from "../../model/ksm-status.ts";
import type { KsmOrder } from "../../model/status.ts";
import { decideKsm, FRESH_KSM, type KsmDecision, type KsmMemory } from "../../policy/ksm/decide.ts";
import type { Diary } from "../diary.ts";
import { Rounds } from "../rounds.ts";
import { Custody } from "./custody.ts";
import { Lookout } from "./lookout.ts";
import { isSteering, type KsmAnswer, Orders } from "./orders.ts";
import type { KsmKeeperSettings, KsmPorts, KsmWorld } from "./ports.ts";
import { guestStatusOf, reasonText, statusOf } from "./status.ts";
import { Switches } from "./switches.ts";

export class KsmKeeper {
  readonly #ports: KsmPorts;
  readonly #world: KsmWorld;
  readonly #diary: Diary;
  readonly #custody: Custody;
  readonly #switches: Switches;
  readonly #lookout: Lookout;
  readonly #orders: Orders;
  readonly #rounds: Rounds;
  #settings: KsmKeeperSettings;
  #memory: KsmMemory = FRESH_KSM;
  #decision: KsmDecision | undefined;
  #problem: string | undefined;
  #told: string | undefined;

  constructor(ports: KsmPorts, world: KsmWorld, diary: Diary, settings: KsmKeeperSettings) {
    this.#ports = ports;
    this.#world = world;
    this.#diary = diary;
    this.#settings = settings;
    this.#custody = new Custody(ports.writer, ports.record);
    this.#switches = new Switches(ports.reader, this.#custody, diary);
    this.#lookout = new Lookout(ports, world, this.#switches);
    this.#rounds = new Rounds(ports.clock, () => this.#round());
    this.#orders = new Orders({
      ...{ ports, world, diary, custody: this.#custody, lookout: this.#lookout },
      settings: () => this.#settings,
      onChange: () => this.#rounds.within(0),
    });
  }

  /** Takes over from a broker that ended without notice, and begins; resolves after the first round. */
  async start(): Promise<void> {
    this.#lookout.otherBroker = this.#custody.takeOver().otherBroker;
    if (Object.keys(this.#custody.found).length > 0)
      this.#diary.note("warn", "ksm", "a broker ended without notice; how it had found KSM is known");
    await this.#rounds.start();
  }

  reconfigure(settings: KsmKeeperSettings): void {
    this.#settings = settings;
    this.#rounds.within(0);
  }

  /** Puts the knobs back as they were found; guests that must not share stay apart. */
  async stop(): Promise<void> {
    await this.#rounds.stop();
    await this.#orders.takingApart?.ended;
    const merges = this.#decision?.merges ?? [];
    const apart = new Set(merges.flatMap(({ name, reason }) => (reason === "other-trust" ? [name] : [])));
    await this.#switches.giveBack(this.#world.records(), (name) => apart.has(name));
    try {
      await this.#restore("the broker stops");
    } catch (error) {
      this.#diary.note("error", "ksm", `KSM's knobs cannot be put back as they were found: ${String(error)}`);
    }
  }

  order(order: KsmOrder): Promise<KsmAnswer> {
    return this.#orders.carryOut(order);
  }

  /** Absent where there is no KSM, or nobody has looked yet. */
  status(): KsmStatus | undefined {
    const { reading } = this.#lookout;
    const decision = this.#decision;
    if (reading === undefined || decision === undefined) return undefined;
    const unmerge = this.#orders.takingApart?.progress;
    const { act } = this.#settings;
    return statusOf({ mode: this.#orders.mode, act, reading, decision, problem: this.#problem, unmerge });
  }

  /** Absent while KSM has not looked at the guest. */
  guest(name: string): KsmGuestStatus | undefined {
    const guest = this.#lookout.guests.find((known) => known.name === name);
    const verdict = this.#decision?.merges.find((known) => known.name === name);
    return guest && guestStatusOf(guest, verdict, this.#lookout.reading?.pageBytes ?? 0);
  }

  /** Never rejects; resolves with the longest time to the next round. */
  async #round(): Promise<number> {
    try {
      await this.#lookAndDecide();
      this.#setProblem(undefined);
    } catch (error) {
      this.#setProblem(error instanceof Error ? error.message : String(error));
    }
    return this.#settings.ksm.intervalMs;
  }

  async #lookAndDecide(): Promise<void> {
    const settings = { ...this.#settings.ksm, mode: this.#orders.mode };
    const snapshot = await this.#lookout.look(settings);
    if (snapshot === undefined) return;
    const isOn = this.#orders.takeOn();
    const decision = decideKsm(snapshot, this.#memory, settings, {
      written: this.#custody.written,
      manual: isOn ? "on" : this.#custody.manualOff ? "off" : "auto",
      unmerging: this.#orders.isUnmerging,
      switchedOff: new Set(Object.values(this.#custody.switchedOff)),
    });
    this.#memory = decision.memory;
    this.#decision = decision;
    this.#tell(decision);
    if (decision.reason === "rival" || decision.reason === "foreign-change") this.#custody.letGo();
    else if (this.#settings.act && isSteering(settings.mode))
      await this.#carryOut(decision, snapshot.reading);
    else await this.#putRight();
  }

  async #carryOut(decision: KsmDecision, reading: KsmReading): Promise<void> {
    this.#switches.apply(decision.merges, this.#world.records());
    await this.#custody.turn(decision.knobs, reading.knobs);
  }

  /** The broker does not steer (any more): what one before it, or other settings, left is undone; not what the admin took apart. */
  async #putRight(): Promise<void> {
    if (this.#orders.takingApart !== undefined) return;
    await this.#switches.giveBack(this.#world.records(), () => false);
    if (Object.keys(this.#custody.found).length > 0) await this.#restore("it is not steered any more");
  }

  async #restore(why: string): Promise<void> {
    const reading = await this.#ports.reader.read();
    if (await this.#custody.restore(reading?.knobs))
      this.#diary.note("info", "ksm", `KSM's knobs are put back as they were found: ${why}`);
  }

  #tell(decision: KsmDecision): void {
    const text = reasonText(decision);
    if (text === this.#told) return;
    this.#told = text;
    const isWarning = decision.reason === "rival" || decision.reason === "foreign-change";
    this.#diary.note(isWarning ? "warn" : "info", "ksm", text);
  }

  #setProblem(problem: string | undefined): void {
    if (problem !== undefined && problem !== this.#problem) this.#diary.note("warn", "ksm", problem);
    this.#problem = problem;
  }
}
