/** A tiny deterministic world around the policy: guests with real needs, balloons with real speeds, virtual time. */
import { clamp, MIB, sum } from "../../host/src/model/bytes.ts";
import type { GuestFacts } from "../../host/src/model/guest.ts";
import type { Plan } from "../../host/src/model/plan.ts";
import type { PolicySettings } from "../../host/src/model/settings.ts";
import type { Snapshot } from "../../host/src/model/snapshot.ts";
import { answerDemand } from "../../host/src/policy/answer-demand.ts";
import { decide } from "../../host/src/policy/decide.ts";
import { emptyMemory, type PolicyMemory, remembered } from "../../host/src/policy/memory.ts";
import { aGuest, aHost } from "./facts.ts";

export interface SmallGuest {
  readonly name: string;
  readonly maxMib: number;
  readonly minMib: number;
  readonly shares: number;
  usedMib: number;
  actualMib: number;
  targetMib: number;
}

const INFLATE_MIB_PER_SECOND = 500;
const DEFLATE_MIB_PER_SECOND = 1600;
const CALL_BELOW_MIB = 32;
const HELP_MIB = 96;

export class SmallWorld {
  nowMs = 1_000_000;
  memory: PolicyMemory = emptyMemory();
  readonly plans: Plan[] = [];
  readonly starved: string[] = [];
  readonly guests: readonly SmallGuest[];
  readonly #settings: PolicySettings;

  constructor(guests: readonly SmallGuest[], settings: PolicySettings) {
    this.guests = guests;
    this.#settings = settings;
  }

  /** Lets `ms` pass in steps of 100 ms, with a decision each second (sooner while a demand is unpaid) and demands at once. */
  run(ms: number, change: (world: SmallWorld) => void = () => {}): void {
    for (let passed = 0; passed < ms; passed += 100) {
      this.nowMs += 100;
      change(this);
      for (const guest of this.guests) this.#live(guest);
      if (this.nowMs % 1000 === 0 || this.#isOwed()) this.#tick();
    }
  }

  sumMib(of: (guest: SmallGuest) => number): number {
    return sum(this.guests, of);
  }

  #isOwed(): boolean {
    return [...this.memory.guests.keys()].some(
      (name) => (remembered(this.memory, name)?.owed?.bytes ?? 0) > 0,
    );
  }

  #live(guest: SmallGuest): void {
    const gap = guest.targetMib - guest.actualMib;
    guest.actualMib += clamp(gap, -INFLATE_MIB_PER_SECOND / 10, DEFLATE_MIB_PER_SECOND / 10);
    if (guest.actualMib < guest.usedMib) this.starved.push(`${guest.name}@${this.nowMs}`);
    if (guest.actualMib - guest.usedMib < CALL_BELOW_MIB && guest.targetMib < guest.maxMib)
      this.#demand(guest);
  }

  #demand(guest: SmallGuest): void {
    const { memory, moves } = answerDemand(this.#snapshot(), this.memory, this.#settings, guest.name, {
      receivedAtMs: this.nowMs,
      sequence: 1,
      level: "critical",
      needBytes: HELP_MIB * MIB,
      balloonBytes: (guest.maxMib - guest.actualMib) * MIB,
    });
    this.memory = memory;
    this.#apply(moves);
  }

  #tick(): void {
    const { plan, memory } = decide(this.#snapshot(), this.memory, this.#settings);
    this.plans.push(plan);
    this.memory = memory;
    this.#apply(plan.moves);
  }

  #apply(moves: Plan["moves"]): void {
    for (const move of moves) {
      const guest = this.guests.find(({ name }) => name === move.name);
      if (guest !== undefined) guest.targetMib = move.toBytes / MIB;
    }
  }

  #snapshot(): Snapshot {
    const guests: GuestFacts[] = this.guests.map((guest) =>
      aGuest({ ...guest, availableMib: Math.max(0, guest.actualMib - guest.usedMib), nowMs: this.nowMs }),
    );
    return { nowMs: this.nowMs, host: aHost(), guests };
  }
}
