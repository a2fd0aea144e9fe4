/** Measures one broker with so many guests. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { MIB } from "../../../host/src/model/bytes.ts";
import { DEFAULT_TUNING } from "../../../host/src/model/settings.ts";
import type { Status } from "../../../host/src/model/status.ts";
import { TestBroker } from "../../testbed/broker.ts";
import { residentBytes } from "../../testbed/host.ts";
import { waitFor } from "../../testbed/wait.ts";
import { type Histogram, histogramIn, since } from "../histogram.ts";
import { processorSeconds } from "../process-figures.ts";
import { type Answers, Crowd } from "./crowd.ts";

export const FULL_BYTES = 512 * MIB;
export const USED_BYTES = 100 * MIB;
/** The balloons are inflated when the broker begins. */
export const SIZE_SHARE = 0.75;
/** A little more than the guests hold: some demands are met from what is free, others by taking from guests. */
export const BUDGET_SHARE = 0.8;
/** The broker tells agents to report at least this often; an agent whose guest changes little does not report more. */
export const REPORT_EVERY_MS = DEFAULT_TUNING.staleAfterMs / 4;
const START_LIMIT_MS = 120_000;
/** What is moved after the start has come to rest by then. */
const SETTLE_MS = 30_000;
const BURST_SHARE = 0.05;
const BURSTS = 12;
const BURST_EVERY_MS = 2_000;
const NEED_BYTES = 32 * MIB;
/** Demands of one guest at a time, over some ticks. */
const SINGLES = 100;
const SINGLE_EVERY_MS = 97;

/** Figures of one broker. */
export interface Measured {
  readonly guests: number;
  /** From the program's start until it knew all guests' sizes and heard all their agents. */
  readonly startMs: number;
  /** Of one core. */
  readonly restShare: number;
  /** The most that was resident, bursts included. */
  readonly residentBytes: number;
  /** Whole ticks and their steps, at rest. */
  readonly restTicks: Readonly<Record<TickStep, Histogram>>;
  /** The same with demands between them. */
  readonly ticks: Readonly<Record<TickStep, Histogram>>;
  /** From a demand's last byte written to its answer read, in the agents' process. */
  readonly demandMs: readonly number[];
  /** The same of demands that came alone. */
  readonly singleMs: readonly number[];
  /** The broker's own part, from a demand's frame read to its answer and its commands written: of demands that came alone. */
  readonly singleDecisions: Histogram;
  /** The same of those that came at once. */
  readonly burstDecisions: Histogram;
  /** How long the agents' process was busy with sending the demands of each burst. */
  readonly sendingMs: readonly number[];
  readonly unanswered: number;
}

const TICK_STEPS = ["observe", "decide", "work", "whole"] as const;
export type TickStep = (typeof TICK_STEPS)[number];

/** Starts guests and a broker, lets them rest for `restSeconds`, then has 5 % of the guests demand at once, again and again. */
export async function measure(
  guests: number,
  restSeconds: number,
  profileFolder?: string,
): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "bl-"));
  const sizeBytes = FULL_BYTES * SIZE_SHARE;
  const crew = { folder, first: 0, count: guests, fullBytes: FULL_BYTES, sizeBytes, usedBytes: USED_BYTES };
  const crowd = await Crowd.start({ ...crew, reportEveryMs: REPORT_EVERY_MS });
  let broker: TestBroker | undefined;
  try {
    const beganAtMs = performance.now();
    broker = await TestBroker.start({
      ...{ folder, guests: crowd.guests, accounting: "strict" },
      budgetMib: Math.round((guests * FULL_BYTES * BUDGET_SHARE) / MIB),
      nodeFlags: profileFolder === undefined ? [] : ["--cpu-prof", "--cpu-prof-dir", profileFolder],
    });
    await untilSeen(broker, guests);
    const startMs = performance.now() - beganAtMs;
    await sleep(SETTLE_MS);
    const ticksBefore = await ticksOf(broker);
    const rest = await atRest(broker, restSeconds);
    const ticksAfterRest = await ticksOf(broker);
    const decidedBefore = await decisionsOf(broker);
    const alone = await singles(crowd, guests);
    const decidedAlone = await decisionsOf(broker);
    const together = await bursts(crowd, guests);
    const decided = await decisionsOf(broker);
    const restTicks = grown(ticksBefore, ticksAfterRest);
    const ticks = grown(ticksAfterRest, await ticksOf(broker));
    const mostBytes = Math.max(rest.mostBytes, residentBytes(broker.pid) ?? 0);
    return {
      ...{ guests, startMs, restShare: rest.share, residentBytes: mostBytes, restTicks, ticks },
      ...{ demandMs: together.tookMs, singleMs: alone.tookMs, sendingMs: together.sendingMs },
      singleDecisions: since(decidedBefore, decidedAlone),
      burstDecisions: since(decidedAlone, decided),
      unanswered: alone.unanswered + together.unanswered,
    };
  } finally {
    await broker?.stop();
    await crowd.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function untilSeen(broker: TestBroker, guests: number): Promise<void> {
  const isSeen = ({ actualBytes, agent, usedBytes }: Status["guests"][number]) =>
    actualBytes !== undefined && usedBytes !== undefined && agent?.connected === true;
  const look = async () => {
    const known = (await broker.status()).guests.filter(isSeen).length;
    return known === guests ? true : undefined;
  };
  await waitFor("all guests seen", look, { timeoutMs: START_LIMIT_MS });
}

async function atRest({ pid }: TestBroker, seconds: number): Promise<{ share: number; mostBytes: number }> {
  const [beganAtMs, before] = [performance.now(), processorSeconds(pid)];
  let mostBytes = 0;
  for (let second = 0; second < seconds; second++) {
    await sleep(1_000);
    mostBytes = Math.max(mostBytes, residentBytes(pid) ?? 0);
  }
  const wallSeconds = (performance.now() - beganAtMs) / 1000;
  return { share: (processorSeconds(pid) - before) / wallSeconds, mostBytes };
}

/** One guest demands, then another: the last ones, which no burst needs soon. */
async function singles(crowd: Crowd, guests: number): Promise<Answered> {
  const tookMs: number[] = [];
  let unanswered = 0;
  for (let single = 0; single < SINGLES; single++) {
    const answers = await crowd.demand([guests - 1 - (single % guests)], NEED_BYTES);
    tookMs.push(...answers.tookMs);
    unanswered += answers.unanswered;
    await sleep(SINGLE_EVERY_MS);
  }
  return { tookMs, unanswered };
}

/** Each burst is of other guests. */
async function bursts(crowd: Crowd, guests: number): Promise<Answered & Pick<Measured, "sendingMs">> {
  const tookMs: number[] = [];
  const sendingMs: number[] = [];
  let unanswered = 0;
  const size = Math.max(1, Math.round(guests * BURST_SHARE));
  for (let burst = 0; burst < BURSTS; burst++) {
    const asked = Array.from({ length: size }, (_, i) => (burst * size + i) % guests);
    const answers = await crowd.demand(asked, NEED_BYTES);
    tookMs.push(...answers.tookMs);
    unanswered += answers.unanswered;
    sendingMs.push(answers.sendingMs);
    // Not in step with the ticks, which begin once a second.
    await sleep(BURST_EVERY_MS * (0.5 + ((burst * 0.618) % 1)));
  }
  return { tookMs, sendingMs, unanswered };
}

type Answered = Pick<Answers, "tookMs" | "unanswered">;
type Ticks = Measured["ticks"];

async function ticksOf(broker: TestBroker): Promise<Ticks> {
  const text = await broker.metrics();
  const of = (step: TickStep) => histogramIn(text, "ballast_tick_seconds", `step="${step}"`);
  return { observe: of("observe"), decide: of("decide"), work: of("work"), whole: of("whole") };
}

async function decisionsOf(broker: TestBroker): Promise<Histogram> {
  return histogramIn(await broker.metrics(), "ballast_demand_decision_seconds", "");
}

function grown(before: Ticks, after: Ticks): Ticks {
  const of = (step: TickStep) => since(before[step], after[step]);
  return { observe: of("observe"), decide: of("decide"), work: of("work"), whole: of("whole") };
}
