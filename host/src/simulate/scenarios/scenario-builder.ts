/** Builders for scenarios: guests, what their programs do, hosts and times, with usual defaults. */
import { GIB, MIB } from "../../model/bytes.ts";
import type {
  AgentPlan,
  DriverPlan,
  GuestPlan,
  HostPlan,
  Phase,
  Scenario,
  ScenarioMaker,
} from "../scenario.ts";
import { Random } from "./random.ts";

/** What a phase says, but for its time. */
export type Activity = Omit<Phase, "fromMs">;
/** From a time on something is different; the rest stays as it was. */
export type Change = Partial<Activity> & Pick<Phase, "fromMs">;

/** Measured on an 18 GiB guest: inflation from touched memory, deflation. */
export const WORKING: DriverPlan = {
  kind: "working",
  inflateBytesPerSecond: 0.9 * GIB,
  deflateBytesPerSecond: 2.1 * GIB,
};
export const HONEST: AgentPlan = { kind: "honest", silent: [] };
export const NO_AGENT: AgentPlan = { kind: "none", silent: [] };

const AT_WORK: Activity = {
  anonBytes: 512 * MIB,
  touchBytesPerSecond: 500 * MIB,
  hotBytes: 0,
  readsPerSecond: 0,
  streamBytesPerSecond: 0,
  busy: true,
};
/** A flash disk's random read under load. */
const MISS_US = 500;
/** As in the broker's own config. */
const DEFAULT_MIN_SHARE = 0.25;
const DEFAULT_SHARES = 1000;
const TRANSPORT_MS = 1;
const QMP_MS = 2;

export function seconds(count: number): number {
  return Math.round(count * 1000);
}

export function minutes(count: number): number {
  return Math.round(count * 60_000);
}

/** What a guest's programs do over time: each change holds until another says otherwise; `changes` come in any order. */
export function work(first: Partial<Activity>, ...changes: readonly Change[]): Phase[] {
  let phase: Phase = { ...AT_WORK, ...first, fromMs: 0 };
  const phases = [phase];
  for (const change of [...changes].sort((a, b) => a.fromMs - b.fromMs)) {
    phase = { ...phase, ...change };
    phases.push(phase);
  }
  return phases;
}

/** When a load rises and falls, and how far. Each time is drawn between two whole numbers. */
export interface RisingAndFalling {
  readonly startSeconds: readonly [number, number];
  readonly highSeconds: readonly [number, number];
  readonly lowSeconds: readonly [number, number];
  readonly endMs: number;
  readonly lowBytes: number;
  /** Drawn anew for each rise. */
  readonly highBytes: () => number;
  /** Bytes a second; each rise takes between a quarter of it and all. */
  readonly fastest: number;
}

/** Programs that need more for a while, again and again. */
export function risingAndFalling(
  random: Random,
  { startSeconds, highSeconds, lowSeconds, endMs, lowBytes, highBytes, fastest }: RisingAndFalling,
): Phase[] {
  const changes: Change[] = [];
  for (let atMs = seconds(random.whole(...startSeconds)); atMs < endMs; ) {
    const toMs = atMs + seconds(random.whole(...highSeconds));
    const touchBytesPerSecond = random.whole(fastest / 4, fastest);
    changes.push(
      { fromMs: atMs, anonBytes: highBytes(), touchBytesPerSecond },
      { fromMs: toMs, anonBytes: lowBytes },
    );
    atMs = toMs + seconds(random.whole(...lowSeconds));
  }
  return work({ anonBytes: lowBytes, streamBytesPerSecond: 2 * MIB }, ...changes);
}

/** Programs that wait for work. */
export function rest(anonBytes: number): Phase[] {
  return work({ anonBytes, busy: false });
}

/** A guest; what `options` leave out is usual. */
export function guest(
  name: string,
  fullBytes: number,
  phases: readonly Phase[],
  options: Partial<GuestPlan> = {},
): GuestPlan {
  return {
    name,
    fullBytes,
    minBytes: Math.round((fullBytes * DEFAULT_MIN_SHARE) / MIB) * MIB,
    shares: DEFAULT_SHARES,
    os: "linux",
    swapBytes: 0,
    deflateOnOom: false,
    freePageReporting: true,
    driver: WORKING,
    agent: HONEST,
    bootAtMs: 0,
    rebootsAtMs: [],
    missUs: MISS_US,
    staleCacheBytes: 0,
    staleCacheActive: false,
    phases,
    ...options,
  };
}

/** A host; its own programs use `ownBytes` unless `options` say more. */
export function host(totalBytes: number, ownBytes: number, options: Partial<HostPlan> = {}): HostPlan {
  return {
    totalBytes,
    own: [{ fromMs: 0, bytes: ownBytes }],
    swapBytes: 4 * GIB,
    transportMs: TRANSPORT_MS,
    qmpMs: QMP_MS,
    ...options,
  };
}

/** As many things as `count` says, from their numbers 1, 2, … */
export function several<T>(count: number, make: (number: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i + 1));
}

/** Something for each step of time. */
export function every<T>(fromMs: number, toMs: number, stepMs: number, make: (atMs: number) => T): T[] {
  const made: T[] = [];
  for (let atMs = fromMs; atMs < toMs; atMs += stepMs) made.push(make(atMs));
  return made;
}

/** Names a scenario that `build` makes. */
export function named(
  words: Pick<Scenario, "name" | "title" | "description">,
  build: (random: Random) => ScenarioParts,
): ScenarioMaker {
  return {
    ...words,
    make: (seed) => ({ accounting: "resident", ...words, ...build(new Random(seed)) }),
  };
}

/** What {@link named} needs to be told. */
export type ScenarioParts = Pick<Scenario, "durationMs" | "warmUpMs" | "host" | "guests"> &
  Partial<Pick<Scenario, "accounting" | "startsFull" | "needsSavings" | "fitsSplit">>;
