/** Runs controllers through scenarios and compares them. */
import { sum } from "../model/bytes.ts";
import type { Controller, ControllerMaker, Future } from "./controller.ts";
import { overheadBytes } from "./guest/guest.ts";
import { fixedBytes } from "./guest/kernel.ts";
import type { Phase, Scenario } from "./scenario.ts";
import { ownBytesAt, savedBytesAt } from "./world/host-memory.ts";
import { Measure, type Outcome } from "./world/measure.ts";
import { splitOf, splittableBytes } from "./world/split.ts";
import { World } from "./world/world.ts";

const MEASURE_EVERY_MS = 1_000;
/** A host that is never short. */
const ENDLESS_FACTOR = 16;

/** One controller's run. */
export interface Run {
  readonly controller: string;
  readonly outcome: Outcome;
  /** Share of the work that the same guests do when each is alone with all of its memory, 0…1; what is lost of it. */
  readonly lostShare: number;
}

/** Work that each scenario's guests do with all of their memory on an endless host. */
export function workAlone(scenario: Scenario): number {
  const guests = sum(scenario.guests, ({ fullBytes }) => fullBytes);
  const host = {
    ...scenario.host,
    totalBytes: (scenario.host.totalBytes + guests) * ENDLESS_FACTOR,
  };
  const idle: Controller = { name: "alone", tickMs: MEASURE_EVERY_MS, tick: () => MEASURE_EVERY_MS };
  return play({ ...scenario, host }, idle, fullSizes(scenario), new Map()).doneMs;
}

function fullSizes({ guests }: Scenario): ReadonlyMap<string, number> {
  return new Map(guests.map(({ name, fullBytes }) => [name, fullBytes]));
}

/** Runs one controller; `aloneMs` is what {@link workAlone} gives. */
export function runController(scenario: Scenario, maker: ControllerMaker, aloneMs: number): Run {
  const splitBytes = splittableBytes(scenario);
  const split = splitOf(scenario.guests, splitBytes);
  const played =
    maker.deflateOnOom === true
      ? { ...scenario, guests: scenario.guests.map((guest) => ({ ...guest, deflateOnOom: true })) }
      : scenario;
  const controller = maker.make({
    accounting: scenario.accounting,
    splitBytes,
    future: futureOf(scenario),
  });
  const outcome = play(played, controller, scenario.startsFull === true ? fullSizes(scenario) : split, split);
  const lostShare = aloneMs <= 0 ? 0 : Math.max(0, 1 - outcome.doneMs / aloneMs);
  return { controller: maker.name, outcome, lostShare };
}

function play(
  scenario: Scenario,
  controller: Controller,
  startBytes: ReadonlyMap<string, number>,
  splitBytes: ReadonlyMap<string, number>,
): Outcome {
  const measure = new Measure(splitBytes);
  const world = new World(scenario, controller, startBytes);
  world.run(MEASURE_EVERY_MS, () => measure.look(world));
  return measure.outcome(world);
}

/** The scenario's own plan of the future. */
export function futureOf(scenario: Scenario): Future {
  const plans = new Map(scenario.guests.map((plan) => [plan.name, plan]));
  return {
    phaseAt: (name, atMs) => {
      const plan = plans.get(name);
      return plan === undefined || atMs < plan.bootAtMs ? undefined : phaseAt(plan.phases, atMs);
    },
    fixedBytes: (name) => {
      const plan = plans.get(name);
      return plan === undefined ? 0 : fixedBytes(plan) + (plan.reservedBytes ?? 0);
    },
    overheadBytes: (name) => {
      const plan = plans.get(name);
      return plan === undefined ? 0 : overheadBytes(plan);
    },
    hostOwnBytes: (atMs) => ownBytesAt(scenario.host, atMs),
    savedBytes: (atMs) => savedBytesAt(scenario.host, atMs),
  };
}

function phaseAt(phases: readonly Phase[], atMs: number): Phase | undefined {
  let found = phases[0];
  for (const phase of phases) if (phase.fromMs <= atMs) found = phase;
  return found;
}
