/** A real broker over working guests that change what they want all the time, more than fits at once; all is written down and judged. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, vi } from "vitest";
import { MIB } from "../../host/src/model/bytes.ts";
import type { Random } from "../../host/src/simulate/scenarios/random.ts";
import { type BrokerOptions, TestBroker } from "../testbed/broker.ts";
import { countMoves, stateAfter, type Violation, violations } from "../testbed/promises/check.ts";
import type { RunTimes } from "../testbed/promises/rules.ts";
import { RunRecorder } from "../testbed/promises/run-record.ts";
import { socketFolder } from "./socket-folder.ts";
import { IDLE_BYTES, WorkingGuest } from "./working-guest.ts";

const PATIENCE = { timeout: 60_000, interval: 20 };
/** The guest that faults befall. */
const FAULTY = "web1";
const GUESTS = ["web1", "web2", "db1", "db2"];
/** Four guests of 512 MiB want up to 340 MiB, two at a time. */
const BUDGET_MIB = 1400;
const BUSY_MIB = 340;
const IDLE_MIB = IDLE_BYTES / MIB;
/** A guest gets new work this often. */
const WORK_EVERY_MS = 400;
const TUNING = {
  bootProtect: "1ms",
  holdAfterDemand: "300ms",
  holdAfterTurn: "300ms",
  staleAfter: "1s",
  tick: "100ms",
};
/** A machine that is busy may hold up either side. */
const TIMES: RunTimes = { staleAfterMs: 1_000, reactionMs: 1_500, helpMs: 20_000 };
/** Of a run that broke a promise. */
const SHOWN_RECORDS = 60;
/** Longer than news count, by enough that a taking on old news is told from one that was late. */
const FAULT_MS = 4_500;

export class FaultScene {
  readonly folder: string;
  readonly run: RunRecorder;
  readonly guests: readonly WorkingGuest[];
  readonly broker: TestBroker;
  readonly #random: Random;
  readonly #idle = new Set<string>();

  /** `random` decides what the guests do; the broker is up. */
  static async open(random: Random, options: Partial<BrokerOptions> = {}): Promise<FaultScene> {
    const folder = socketFolder();
    const run = new RunRecorder();
    mkdirSync(join(folder, "state"));
    const guests = await Promise.all(GUESTS.map((name) => WorkingGuest.start({ name, folder, run })));
    run.note({ kind: "budget", bytes: (options.budgetMib ?? BUDGET_MIB) * MIB });
    const broker = await TestBroker.start({
      folder,
      guests: guests.map(({ name, qmpPath, agentPath, minMib }) => ({ name, qmpPath, agentPath, minMib })),
      budgetMib: BUDGET_MIB,
      accounting: "strict",
      tuning: TUNING,
      ...options,
    });
    onTestFinished(() => broker.kill());
    return new FaultScene(folder, run, guests, broker, random);
  }

  private constructor(
    folder: string,
    run: RunRecorder,
    guests: readonly WorkingGuest[],
    broker: TestBroker,
    random: Random,
  ) {
    this.folder = folder;
    this.run = run;
    this.guests = guests;
    this.broker = broker;
    this.#random = random;
    const timer = setInterval(() => this.#newWork(), WORK_EVERY_MS);
    onTestFinished(() => clearInterval(timer));
  }

  guest(name: string): WorkingGuest {
    const guest = this.guests.find((each) => each.name === name);
    if (guest === undefined) throw new RangeError(`no guest ${name}`);
    return guest;
  }

  /** The guest wants this much until `rest` is over. */
  keep(name: string, wantedMib: number): void {
    this.#idle.add(name);
    this.guest(name).work(wantedMib);
  }

  /** The guest gets new work again. */
  letGo(name: string): void {
    this.#idle.delete(name);
  }

  /** The host has this much from now on; without it, as much as at the beginning. */
  budget(bytes = BUDGET_MIB * MIB): void {
    this.run.note({ kind: "budget", bytes });
  }

  /** What all guests together have or may take without a further command. */
  promisedBytes(): number {
    return stateAfter(this.run.records).promisedBytes;
  }

  /** Resolves when so many balloon commands more have reached QEMUs. */
  async moves(count: number): Promise<void> {
    const end = this.commands() + count;
    await vi.waitUntil(() => this.commands() >= end, { timeout: PATIENCE.timeout, interval: 5 });
  }

  /** Balloon commands of one guest, or of all, so far. */
  commands(name?: string): number {
    return this.run.records.filter(
      (record) => record.kind === "target" && (name === undefined || record.guest === name),
    ).length;
  }

  /** The fault lasts until all news from before it are old, and the broker has moved others meanwhile. */
  async last(): Promise<void> {
    await Promise.all([this.pass(), this.moves(4)]);
  }

  /** All news from before it become old. */
  pass(): Promise<void> {
    return sleep(FAULT_MS);
  }

  /** The broker's process stands still, or goes on. */
  freezeBroker(): void {
    this.run.note({ kind: "lost", part: "broker" });
    this.broker.signal("SIGSTOP");
  }

  thawBroker(): void {
    this.broker.signal("SIGCONT");
    this.run.note({ kind: "back", part: "broker" });
  }

  async killBroker(): Promise<void> {
    this.run.note({ kind: "lost", part: "broker" });
    await this.broker.kill();
  }

  async startBroker(): Promise<void> {
    await this.broker.launch();
    this.run.note({ kind: "back", part: "broker" });
  }

  /** Each guest in turn wants a lot, and gets it. */
  async expectServed(names: readonly string[] = [FAULTY, "db2"]): Promise<void> {
    for (const name of names) {
      for (const guest of this.guests) this.keep(guest.name, IDLE_MIB);
      this.keep(name, BUSY_MIB);
      const guest = this.guest(name);
      await vi
        .waitUntil(() => guest.isServed && guest.wantedBytes > IDLE_BYTES, PATIENCE)
        .catch((cause: unknown) => {
          const { actualBytes, usedBytes } = guest.machine;
          const seen = { actualMib: actualBytes / MIB, usedMib: usedBytes / MIB, kills: guest.kills };
          throw new Error(`${name} is not served: ${JSON.stringify(seen)}\n${this.#lastLines()}`, { cause });
        });
    }
  }

  /** All promises were kept, in a run in which memory was taken and given. */
  expectKept(least = { taken: 2, given: 1 }): void {
    const broken = violations(this.run.records, TIMES);
    expect(broken, this.#before(broken[0])).toEqual([]);
    const moves = countMoves(this.run.records);
    expect(moves.taken).toBeGreaterThanOrEqual(least.taken);
    expect(moves.given).toBeGreaterThanOrEqual(least.given);
  }

  /** What led to it. */
  #before(broken: Violation | undefined): string {
    const records = this.run.records.filter(({ atMs }) => atMs <= (broken?.atMs ?? 0));
    return `${this.#lastLines()}\nthe first is the last of these:\n${records
      .slice(-SHOWN_RECORDS)
      .map((record) => JSON.stringify(record))
      .join("\n")}\n`;
  }

  #lastLines(): string {
    return this.broker.logText().split("\n").slice(-20).join("\n");
  }

  /** One guest after the other becomes busy, so that at most two are at a time. */
  #newWork(): void {
    const free = this.guests.filter(({ name }) => !this.#idle.has(name));
    const busy = free.filter(({ wantedBytes }) => wantedBytes > IDLE_BYTES);
    if (busy.length > 1) this.#random.pick(busy).work(IDLE_MIB);
    const rest = free.filter(({ wantedBytes }) => wantedBytes <= IDLE_BYTES);
    if (rest.length > 0) this.#random.pick(rest).work(this.#random.whole(IDLE_MIB + 1, BUSY_MIB));
  }
}
