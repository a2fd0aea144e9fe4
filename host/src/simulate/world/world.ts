/** The simulated world: virtual time passes, guests live, the controller looks and commands. */
import type { GuestDemand } from "../../model/guest.ts";
import type { DemandAnswer } from "../../model/plan.ts";
import type { Controller, HostView, WorldView } from "../controller.ts";
import { EventQueue } from "../event-queue.ts";
import type { Scenario } from "../scenario.ts";
import { HostMemory } from "./host-memory.ts";
import { SimulatedGuest } from "./simulated-guest.ts";

const HOST_STEP_MS = 200;
const STATS_EVERY_MS = 2_000;
/** A guest that the host's OOM killer took is started again after this. */
const RESTART_AFTER_MS = 30_000;
/** Work slows down by this factor times the share of the guest's memory that the host has swapped out. */
const HOST_SWAP_DRAG = 20;
/** A session is noticed as lost after this. */
const SILENCE_NOTICED_MS = 100;

/** Called as time passes, to measure. */
export type Watcher = (world: World) => void;

export class World implements WorldView {
  nowMs = 0;
  readonly scenario: Scenario;
  readonly guests: readonly SimulatedGuest[];
  readonly memory: HostMemory;
  hostKills = 0;
  /** Commands sent, with their direction, to count changes of direction. */
  readonly commands: { readonly atMs: number; readonly name: string; readonly change: number }[] = [];
  readonly #queue = new EventQueue();
  readonly #byName: ReadonlyMap<string, SimulatedGuest>;
  readonly #controller: Controller;
  #tickDueMs = Number.POSITIVE_INFINITY;

  /** Guests that run from the start begin with the sizes of `startBytes`, or more where they need more. */
  constructor(scenario: Scenario, controller: Controller, startBytes: ReadonlyMap<string, number>) {
    this.scenario = scenario;
    this.#controller = controller;
    this.guests = scenario.guests.map((plan) => new SimulatedGuest(plan));
    this.#byName = new Map(this.guests.map((guest) => [guest.name, guest]));
    this.memory = new HostMemory(scenario.host);
    for (const guest of this.guests) this.#begin(guest, startBytes.get(guest.name) ?? guest.fullBytes);
    this.#hostStep(0);
  }

  get host(): HostView {
    const { memory, scenario, nowMs } = this;
    return {
      totalBytes: scenario.host.totalBytes,
      availableBytes: memory.availableBytes,
      arcBytes: Math.round(memory.arcBytes),
      arcMinBytes: memory.arcMinBytes,
      psiSomeAvg10: memory.psiSomeAvg10,
      ksm: memory.ksmFacts(nowMs),
    };
  }

  /** Lets the world live to its end; `watch` is called each `everyMs`. */
  run(everyMs: number, watch: Watcher): void {
    const endMs = this.scenario.durationMs;
    this.#tickAt(0);
    for (let atMs = everyMs; atMs <= endMs; atMs += everyMs) this.#queue.add(atMs, () => watch(this));
    for (let event = this.#queue.next(); event !== undefined; event = this.#queue.next()) {
      if (event.atMs > endMs) return;
      this.nowMs = event.atMs;
      event.happen();
    }
  }

  setTarget(name: string, targetBytes: number): void {
    const guest = this.#byName.get(name);
    if (guest === undefined) return;
    const fromBytes = guest.targetBytes ?? guest.actualBytes;
    if (targetBytes !== fromBytes)
      this.commands.push({ atMs: this.nowMs, name, change: targetBytes - fromBytes });
    guest.targetBytes = targetBytes;
    if (targetBytes < guest.actualBytes) guest.agent?.noticed(this.nowMs, guest.actualBytes - targetBytes);
    guest.stir(this.nowMs);
    this.#step(guest);
    this.#queue.add(this.nowMs + this.scenario.host.qmpMs, () => {
      guest.guest.advance(this.nowMs);
      guest.guest.balloon.targetBytes = guest.targetBytes ?? targetBytes;
      this.#step(guest);
    });
  }

  answer(name: string, _sequence: number, answer: DemandAnswer): void {
    const guest = this.#byName.get(name);
    if (guest === undefined || answer.outcome !== "refused") return;
    this.#queue.add(this.nowMs + this.scenario.host.transportMs, () => guest.agent?.refused(this.nowMs));
  }

  #begin(guest: SimulatedGuest, sizeBytes: number): void {
    const { plan } = guest.guest;
    if (plan.bootAtMs <= 0) {
      guest.guest.settle(sizeBytes);
      guest.targetBytes = guest.actualBytes;
      guest.beginBoot();
      this.#step(guest);
      this.#pollStats(guest);
    } else this.#queue.add(plan.bootAtMs, () => this.#boot(guest));
    for (const atMs of plan.rebootsAtMs) this.#queue.add(atMs, () => this.#boot(guest));
  }

  #boot(guest: SimulatedGuest): void {
    const wasRunning = guest.guest.isRunning;
    guest.guest.advance(this.nowMs);
    guest.guest.boot(this.nowMs);
    // QEMU keeps the target over a reset; a new process has none.
    if (!wasRunning) guest.targetBytes = undefined;
    guest.beginBoot();
    this.#controller.booted?.(this, guest.name);
    this.#step(guest);
    if (!wasRunning) this.#pollStats(guest);
  }

  #pollStats(guest: SimulatedGuest): void {
    if (!guest.guest.isRunning) return;
    guest.poll(this.nowMs);
    this.#queue.add(this.nowMs + STATS_EVERY_MS, () => this.#pollStats(guest));
  }

  /** Lets one guest's time pass, and plans its next step. */
  #step(guest: SimulatedGuest): void {
    guest.guest.advance(this.nowMs);
    if (this.nowMs >= guest.nextSampleMs) this.#sample(guest);
    const id = ++guest.stepId;
    const nextMs = Math.min(guest.nextSampleMs, this.nowMs + guest.guest.calmMs(this.nowMs));
    this.#queue.add(Math.max(nextMs, this.nowMs + 1), () => {
      if (guest.stepId === id) this.#step(guest);
    });
  }

  #sample(guest: SimulatedGuest): void {
    const { agent } = guest;
    if (agent === undefined) return;
    if (guest.isSilent(this.nowMs)) {
      guest.nextSampleMs = this.nowMs + SILENCE_NOTICED_MS;
      guest.agentConnected = false;
      agent.reconnected();
      return;
    }
    const { nextMs, report, demand } = agent.sample(this.nowMs);
    guest.sampled(this.nowMs, nextMs);
    if (report === undefined && demand === undefined) return;
    this.#queue.add(this.nowMs + this.scenario.host.transportMs, () => {
      if (guest.agent !== agent || guest.isSilent(this.nowMs)) return;
      guest.agentConnected = true;
      if (report !== undefined) guest.report = { ...report, receivedAtMs: this.nowMs };
      if (demand !== undefined) this.#demand(guest, { ...demand, receivedAtMs: this.nowMs });
    });
  }

  #demand(guest: SimulatedGuest, demand: GuestDemand): void {
    this.#controller.demanded?.(this, guest.name, demand);
  }

  /** Requests a tick of the controller within a time; a tick that is due sooner stays. */
  tickWithin(delayMs: number): void {
    this.#tickAt(this.nowMs + delayMs);
  }

  #tickAt(atMs: number): void {
    if (atMs >= this.#tickDueMs) return;
    this.#tickDueMs = atMs;
    this.#queue.add(atMs, () => {
      if (this.#tickDueMs !== atMs) return;
      this.#tickDueMs = Number.POSITIVE_INFINITY;
      for (const guest of this.guests) guest.guest.advance(this.nowMs);
      this.#tickAt(this.nowMs + Math.max(1, this.#controller.tick(this)));
    });
  }

  #hostStep(elapsedMs: number): void {
    let heldBytes = 0;
    for (const guest of this.guests) heldBytes += guest.holdsBytes;
    const { memory } = this;
    memory.advance(this.nowMs, elapsedMs, heldBytes);
    const swappedShare = memory.swappedBytes / Math.max(1, heldBytes);
    for (const guest of this.guests) {
      guest.swappedShare = swappedShare;
      guest.guest.hostSpeed = 1 / (1 + swappedShare * HOST_SWAP_DRAG);
    }
    if (memory.isExhausted) this.#hostOutOfMemory();
    this.#queue.add(this.nowMs + HOST_STEP_MS, () => this.#hostStep(HOST_STEP_MS));
  }

  /** The host's OOM killer kills the process with most resident memory. */
  #hostOutOfMemory(): void {
    const running = this.guests.filter(({ guest }) => guest.isRunning);
    const [first] = running.sort((a, b) => b.holdsBytes - a.holdsBytes);
    if (first === undefined) return;
    this.hostKills += 1;
    first.guest.advance(this.nowMs);
    first.guest.shutDown();
    first.beginBoot();
    first.targetBytes = undefined;
    this.#queue.add(this.nowMs + RESTART_AFTER_MS, () => {
      if (!first.guest.isRunning) this.#boot(first);
    });
  }
}
