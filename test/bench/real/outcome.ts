/** What a run of a scenario came to, real or simulated; pure. */
import { sum } from "../../../host/src/model/bytes.ts";
import type { Phase, Scenario } from "../../../host/src/simulate/scenario.ts";
import type { Seen } from "./stage.ts";
import type { Look } from "./track.ts";

/** What moves the balloons: the broker, or nothing after the host was split once. */
export type Rule = "ballast" | "split";

/** One guest's part, without the warm-up. */
export interface GuestOutcome {
  readonly name: string;
  /** Programs killed by the guest's OOM killer. */
  readonly kills: number;
  /** Time with work to do, and what of it was worked at full speed. */
  readonly busyMs: number;
  readonly doneMs: number;
  /** Least logical size. */
  readonly leastBytes: number;
}

/** All guests' parts as one. */
export interface Summary {
  readonly kills: number;
  /** Share of the work that was done of what there was to do, 0…1. */
  readonly doneShare: number;
  /** Of the guest that had least. */
  readonly leastBytes: number;
}

/** Work is counted over spans about this long: shorter ones would count the emulated processor's jitter as lost. */
const SPAN_MS = 1_000;
/** A prediction is confirmed when it is not further off than this. */
const DONE_TOLERANCE = 0.05;
const LEAST_TOLERANCE = 0.15;

export function summarize(guests: readonly GuestOutcome[]): Summary {
  const busyMs = sum(guests, (guest) => guest.busyMs);
  return {
    kills: sum(guests, ({ kills }) => kills),
    doneShare: busyMs === 0 ? 1 : sum(guests, ({ doneMs }) => doneMs) / busyMs,
    leastBytes: Math.min(...guests.map(({ leastBytes }) => leastBytes)),
  };
}

/** Whether the real guests did as predicted; else in what they did not. */
export function verdict(real: Summary, predicted: Summary): string {
  const points = (predicted.doneShare - real.doneShare) * 100;
  const percent = (predicted.leastBytes / real.leastBytes - 1) * 100;
  const words = [
    ...(real.kills === predicted.kills ? [] : ["kills differ"]),
    ...(Math.abs(points) <= DONE_TOLERANCE * 100 ? [] : [`throughput off by ${points.toFixed(0)} points`]),
    ...(Math.abs(percent) <= LEAST_TOLERANCE * 100 ? [] : [`size off by ${percent.toFixed(0)} %`]),
  ];
  return words.length === 0 ? "confirmed" : words.join(", ");
}

/** What a real guest's part came to. */
export function outcomeOf({ plan, looks, sizes, kills }: Seen, { warmUpMs }: Scenario): GuestOutcome {
  const counted = sizes.filter(({ atMs }) => atMs >= warmUpMs);
  return {
    name: plan.name,
    kills,
    ...workOf(
      looks.filter(({ atMs }) => atMs >= warmUpMs),
      plan.phases,
    ),
    leastBytes: Math.min(...counted.map(({ bytes }) => bytes)),
  };
}

/** Busy time and what of it was worked; spans in which a phase begins are left out. */
export function workOf(
  looks: readonly Look[],
  phases: readonly Phase[],
): { readonly busyMs: number; readonly doneMs: number } {
  let busyMs = 0;
  let doneMs = 0;
  let first = looks[0];
  for (const look of looks) {
    if (first === undefined) break;
    const phase = phaseAt(phases, first.atMs);
    const isSame = phaseAt(phases, look.atMs) === phase;
    const spanMs = look.atMs - first.atMs;
    if (isSame && spanMs < SPAN_MS) continue;
    if (isSame && phase?.busy === true) {
      busyMs += spanMs;
      doneMs += spanMs * speed(first, look, phase);
    }
    first = look;
  }
  return { busyMs, doneMs };
}

function speed(first: Look, last: Look, phase: Phase): number {
  if (!first.running || !last.running) return 0;
  const seconds = (last.atMs - first.atMs) / 1000;
  const reads = share(last.reads - first.reads, phase.readsPerSecond * seconds);
  const touchable = Math.max(0, phase.anonBytes - first.anonBytes);
  const wantedBytes = Math.min(touchable, phase.touchBytesPerSecond * seconds);
  return Math.min(reads, share(last.anonBytes - first.anonBytes, wantedBytes));
}

function share(done: number, wanted: number): number {
  return wanted <= 0 ? 1 : Math.max(0, Math.min(1, done / wanted));
}

function phaseAt(phases: readonly Phase[], atMs: number): Phase | undefined {
  return phases.findLast(({ fromMs }) => fromMs <= atMs);
}
