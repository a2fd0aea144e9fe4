/** The same mixed load for any number of guests: how many fit on one host. Small enough for the testbed's guests, and as large as real hosts. */
import { GIB, MIB } from "../../model/bytes.ts";
import type { GuestPlan, HostPlan, Phase, Scenario } from "../scenario.ts";
import { type Change, guest, host, minutes, rest, seconds, several, work } from "./scenario-builder.ts";
import { OVERHEAD_BYTES, TESTBED_GUEST, TESTBED_HOST } from "./testbed.ts";

/** What guests of one size do. Every fourth guest has the same part. */
interface Load {
  readonly fullBytes: number;
  readonly options: Partial<GuestPlan>;
  readonly host: (count: number) => HostPlan;
  readonly warmUpMs: number;
  readonly durationMs: number;
  /** From one wave or job to the next. */
  readonly periodMs: number;
  readonly accounting: "resident" | "strict";
  readonly web: {
    readonly lowBytes: number;
    readonly highBytes: number;
    readonly hotBytes: number;
    readonly readsPerSecond: number;
    readonly touchBytesPerSecond: number;
  };
  readonly reader: {
    readonly anonBytes: number;
    readonly hotBytes: number;
    readonly readsPerSecond: number;
  };
  readonly batch: {
    readonly lowBytes: number;
    readonly highBytes: number;
    readonly touchBytesPerSecond: number;
  };
  readonly idle: { readonly anonBytes: number; readonly staleBytes: number };
}

/** Share of its period that a web server's wave lasts, and a batch job. */
const WAVE_SHARE = 0.5;
const JOB_SHARE = 0.25;
/** The golden ratio: times of any number of guests lie apart as evenly as those of guests that know nothing of each other can. */
const APART = (Math.sqrt(5) - 1) / 2;

/** Guests' memory that the real guests of `npm run bench:density` share. What QEMU takes beside it is left out: emulation takes far more than KVM. */
export const TESTBED_DENSITY_BYTES = 2_000 * MIB;

const TESTBED_LOAD: Load = {
  fullBytes: 512 * MIB,
  options: TESTBED_GUEST,
  host: (count) => host(TESTBED_DENSITY_BYTES + count * OVERHEAD_BYTES, 0, TESTBED_HOST),
  warmUpMs: seconds(30),
  durationMs: seconds(100),
  periodMs: seconds(60),
  accounting: "resident",
  web: {
    lowBytes: 40 * MIB,
    highBytes: 110 * MIB,
    hotBytes: 30 * MIB,
    readsPerSecond: 1_000,
    touchBytesPerSecond: 20 * MIB,
  },
  reader: { anonBytes: 20 * MIB, hotBytes: 150 * MIB, readsPerSecond: 4_000 },
  batch: { lowBytes: 20 * MIB, highBytes: 265 * MIB, touchBytesPerSecond: 50 * MIB },
  idle: { anonBytes: 30 * MIB, staleBytes: 100 * MIB },
};

/** Guests of 4 GiB under KVM. */
function largeLoad(hostBytes: number): Load {
  return {
    fullBytes: 4 * GIB,
    options: { minBytes: 512 * MIB },
    host: () => host(hostBytes, 2 * GIB, { swapBytes: 0 }),
    warmUpMs: minutes(5),
    durationMs: minutes(25),
    periodMs: minutes(10),
    accounting: "resident",
    web: {
      lowBytes: 500 * MIB,
      highBytes: 1_200 * MIB,
      hotBytes: 400 * MIB,
      readsPerSecond: 5_000,
      touchBytesPerSecond: 100 * MIB,
    },
    reader: { anonBytes: 300 * MIB, hotBytes: 1_400 * MIB, readsPerSecond: 20_000 },
    batch: { lowBytes: 300 * MIB, highBytes: 2_900 * MIB, touchBytesPerSecond: 250 * MIB },
    idle: { anonBytes: 350 * MIB, staleBytes: 1_500 * MIB },
  };
}

/** `count` of the testbed's guests. */
export function testbedDensity(count: number): Scenario {
  return mixedLoad(`density-testbed-${count}`, TESTBED_LOAD, count);
}

/** `count` guests of 4 GiB on a host of `hostBytes`. */
export function hostDensity(count: number, hostBytes: number): Scenario {
  return mixedLoad(`density-${count}`, largeLoad(hostBytes), count);
}

function mixedLoad(name: string, load: Load, count: number): Scenario {
  return {
    name,
    title: `${count} guests of a mixed load`,
    description:
      "A web server with waves, a reader of a hot cache, a batch job now and then and an idle guest on cache that nobody reads, and again from the first.",
    durationMs: load.durationMs,
    warmUpMs: load.warmUpMs,
    accounting: load.accounting,
    host: load.host(count),
    guests: several(count, (number) => member(load, number)),
  };
}

const PARTS = [web, reader, batch, idle] as const;

/** The guest of this number, from 1 on. */
function member(load: Load, number: number): GuestPlan {
  const part = PARTS[(number - 1) % PARTS.length] ?? idle;
  const turn = Math.floor((number - 1) / PARTS.length);
  return part(load, turn);
}

function web(load: Load, turn: number): GuestPlan {
  const { lowBytes, highBytes, hotBytes, readsPerSecond, touchBytesPerSecond } = load.web;
  const first = { anonBytes: lowBytes, hotBytes, readsPerSecond, touchBytesPerSecond };
  return named(load, `web${turn + 1}`, work(first, ...waves(load, turn, WAVE_SHARE, lowBytes, highBytes)));
}

function reader(load: Load, turn: number): GuestPlan {
  return named(load, `cache${turn + 1}`, work(load.reader));
}

function batch(load: Load, turn: number): GuestPlan {
  const { lowBytes, highBytes, touchBytesPerSecond } = load.batch;
  const changes = waves(load, turn, JOB_SHARE, lowBytes, highBytes);
  return named(load, `batch${turn + 1}`, work({ anonBytes: lowBytes, touchBytesPerSecond }, ...changes));
}

function idle(load: Load, turn: number): GuestPlan {
  const { anonBytes, staleBytes } = load.idle;
  return named(load, `idle${turn + 1}`, rest(anonBytes), { staleCacheBytes: staleBytes });
}

function named(
  load: Load,
  name: string,
  phases: readonly Phase[],
  options: Partial<GuestPlan> = {},
): GuestPlan {
  return guest(name, load.fullBytes, phases, { ...load.options, ...options });
}

/** High for a share of each period; the times of the guests of one part lie apart. None begins before the warm-up's middle. */
function waves(
  { periodMs, warmUpMs, durationMs }: Load,
  turn: number,
  share: number,
  lowBytes: number,
  highBytes: number,
): Change[] {
  const changes: Change[] = [];
  const firstMs = warmUpMs / 2 + Math.round((((turn + 1) * APART) % 1) * periodMs);
  for (let fromMs = firstMs; fromMs < durationMs; fromMs += periodMs)
    changes.push(
      { fromMs, anonBytes: highBytes },
      { fromMs: fromMs + Math.round(periodMs * share), anonBytes: lowBytes },
    );
  return changes;
}
