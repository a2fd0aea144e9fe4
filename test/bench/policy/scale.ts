/** How long decisions take as guests become more. */
import type { GuestDemand } from "../../../host/src/model/guest.ts";
import type { Controller, ControllerMaker, WorldView } from "../../../host/src/simulate/controller.ts";
import { BALLAST } from "../../../host/src/simulate/controllers/ballast.ts";
import { runController } from "../../../host/src/simulate/run.ts";
import { fleet } from "../../../host/src/simulate/scenarios/fleet.ts";
import { figure, markdownTable, quantile } from "../figures.ts";

const MINUTE_MS = 60_000;
/** Decisions before the code is compiled are left out. */
const COLD_TICKS = 10;
/** Virtual time: a decision a second or more. */
const SIZES = [
  { guests: 10, virtualMs: 30 * MINUTE_MS },
  { guests: 100, virtualMs: 30 * MINUTE_MS },
  { guests: 1_000, virtualMs: 60 * MINUTE_MS },
  { guests: 10_000, virtualMs: 2 * MINUTE_MS },
];

/** Times of one size, in milliseconds. */
export interface Scale {
  readonly guests: number;
  readonly virtualMs: number;
  /** Whole run: the simulated guests' work included. */
  readonly runMs: number;
  /** Ticks: snapshot, decision, commands. */
  readonly tickMs: readonly number[];
  /** Answers to a guest's demand. */
  readonly answerMs: readonly number[];
}

/** Measures all sizes; `heard` is told of each. */
export function measureScale(heard: (scale: Scale) => void): Scale[] {
  return SIZES.map(({ guests, virtualMs }) => {
    const scale = measure(guests, virtualMs);
    heard(scale);
    return scale;
  });
}

function measure(guests: number, virtualMs: number): Scale {
  const tickMs: number[] = [];
  const answerMs: number[] = [];
  const maker: ControllerMaker = {
    ...BALLAST,
    make: (setup) => new Timed(BALLAST.make(setup), tickMs, answerMs),
  };
  const scenario = fleet(guests, 1, virtualMs);
  const startedMs = performance.now();
  runController(scenario, maker, 0);
  return {
    guests,
    virtualMs,
    runMs: performance.now() - startedMs,
    tickMs: tickMs.slice(COLD_TICKS),
    answerMs,
  };
}

/** A controller with a stopwatch. */
class Timed implements Controller {
  readonly name: string;
  readonly tickMs: number;
  readonly #inner: Controller;
  readonly #ticks: number[];
  readonly #answers: number[];

  constructor(inner: Controller, ticks: number[], answers: number[]) {
    this.name = inner.name;
    this.tickMs = inner.tickMs;
    this.#inner = inner;
    this.#ticks = ticks;
    this.#answers = answers;
  }

  tick(world: WorldView): number {
    return timed(this.#ticks, () => this.#inner.tick(world));
  }

  booted(world: WorldView, name: string): void {
    this.#inner.booted?.(world, name);
  }

  demanded(world: WorldView, name: string, demand: GuestDemand): void {
    timed(this.#answers, () => this.#inner.demanded?.(world, name, demand));
  }
}

function timed<T>(times: number[], work: () => T): T {
  const startedMs = performance.now();
  const done = work();
  times.push(performance.now() - startedMs);
  return done;
}

/** One row a size. */
export function scaleTable(scales: readonly Scale[]): string {
  const rows = scales.map(({ guests, virtualMs, runMs, tickMs, answerMs }) => [
    String(guests),
    String(tickMs.length),
    figure(quantile(tickMs, 0.5), 2, " ms"),
    figure(quantile(tickMs, 0.99), 2, " ms"),
    figure(perGuestUs(tickMs, guests), 1, " µs"),
    figure(quantile(answerMs, 0.5), 2, " ms"),
    figure(quantile(answerMs, 0.99), 2, " ms"),
    `${virtualMs / MINUTE_MS} min in ${(runMs / 1000).toFixed(1)} s`,
  ]);
  const head = [
    "guests",
    "decisions",
    "p50",
    "p99",
    "p50 a guest",
    "answer to a demand p50",
    "p99",
    "simulated",
  ];
  return markdownTable(head, rows);
}

function perGuestUs(tickMs: readonly number[], guests: number): number | undefined {
  const middle = quantile(tickMs, 0.5);
  return middle === undefined ? undefined : (middle * 1000) / guests;
}
