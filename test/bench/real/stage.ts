/** Owns playing a whole scenario on real guests: guests, their scripts, the broker or a split, and what was seen. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { MIB } from "../../../host/src/model/bytes.ts";
import type { GuestPlan, Scenario } from "../../../host/src/simulate/scenario.ts";
import type { BootOptions } from "../../testbed/boot-options.ts";
import { type BrokerOptions, TestBroker } from "../../testbed/broker.ts";
import type { TestGuest } from "../../testbed/guest.ts";
import { Cleanup } from "../../testbed/host.ts";
import { agentReports, bootAll } from "../../testbed/scene.ts";
import type { Workload } from "../../testbed/workload.ts";
import { budgetBytes, needBytes, RESERVE_BYTES, settingsOf, startSizes } from "./budget.ts";
import type { Rule } from "./outcome.ts";
import { begin, prepare, scriptOf } from "./player.ts";
import { type Look, parseLooks } from "./track.ts";

const LOOK_MS = 250;
/** Beyond what the files in it take. */
const SCRATCH_SPARE_MIB = 30;
const MOVE_TIMEOUT_MS = 60_000;
const END_TIMEOUT_MS = 60_000;
/** Many guests boot at the same time, on a machine that may do other work. */
const BOOT_TIMEOUT_MS = 180_000;

/** What was seen of one guest. */
export interface Seen {
  readonly plan: GuestPlan;
  readonly looks: readonly Look[];
  /** Logical sizes as QEMU tells them, each 250 ms. */
  readonly sizes: readonly { readonly atMs: number; readonly bytes: number }[];
  /** The guest kernel's `oom_kill` at the end less at the end of the warm-up. */
  readonly kills: number;
}

/** A guest that plays its part. */
export interface Actor {
  readonly plan: GuestPlan;
  readonly guest: TestGuest;
  readonly workload: Workload;
  readonly sizes: { readonly atMs: number; readonly bytes: number }[];
}

/** All that plays a scenario. */
export interface Stage {
  readonly scenario: Scenario;
  readonly actors: readonly Actor[];
  readonly folder: string;
  readonly cleanup: Cleanup;
}

/** Brings every guest to its size at the beginning, and starts what moves balloons from then on. */
export type Steering = (stage: Stage) => Promise<void>;

/** What is played otherwise than usual. */
export interface PlayOptions {
  /** For so long a read may wait until it is dropped; absent: 100 ms. */
  readonly backlogMs?: number;
}

/** Plays a scenario once. Throws what the testbed throws when guests or broker do not come up. */
export async function playScenario(
  scenario: Scenario,
  steering: Steering,
  options: PlayOptions = {},
): Promise<Seen[]> {
  const cleanup = new Cleanup();
  try {
    const folder = await mkdtemp(join(tmpdir(), "bl-"));
    cleanup.add(() => rm(folder, { recursive: true, force: true }));
    const guests = await bootAll(scenario.guests.map(bootOptions), folder, cleanup);
    const actors = await Promise.all(
      scenario.guests.map((plan, i) => actor(scenario, plan, guests[i], options)),
    );
    await steering({ scenario, actors, folder, cleanup });
    return await act(scenario, actors);
  } finally {
    await cleanup.run();
  }
}

function bootOptions(plan: GuestPlan): BootOptions {
  const filesBytes = plan.staleCacheBytes + Math.max(...plan.phases.map(({ hotBytes }) => hotBytes));
  return {
    name: plan.name,
    memoryMib: plan.fullBytes / MIB,
    deflateOnOom: plan.deflateOnOom,
    freePageReporting: plan.freePageReporting,
    agent: plan.agent.kind !== "none",
    bootTimeoutMs: BOOT_TIMEOUT_MS,
    scratch: {
      sizeMib: Math.ceil(filesBytes / MIB) + SCRATCH_SPARE_MIB,
      operationsPerSecond: Math.round(1e6 / plan.missUs),
    },
  };
}

async function actor(
  scenario: Scenario,
  plan: GuestPlan,
  guest: TestGuest | undefined,
  options: PlayOptions,
): Promise<Actor> {
  if (guest === undefined) throw new RangeError(`${plan.name} was not booted`);
  const workload = await prepare(guest, { ...scriptOf(plan, scenario.durationMs), ...options });
  return { plan, guest, workload, sizes: [] };
}

/** The rule that {@link Rule} names. */
export function steeringOf(rule: Rule): Steering {
  return rule === "split" ? split : ballast;
}

/** A static split, from which nothing moves. */
export async function split(stage: Stage): Promise<void> {
  await startAtSplit(stage);
  const sizes = startSizes(stage.scenario);
  await Promise.all(stage.actors.map(({ plan, guest }) => guest.setBalloon(sizeOf(plan, sizes))));
}

/** The real broker, from a static split on. */
async function ballast(stage: Stage): Promise<void> {
  await startAtSplit(stage);
  await startBroker(stage, {});
}

/** Each guest has its share of a static split, or what its script begins with where that is more. */
export async function startAtSplit({ scenario, actors }: Stage): Promise<void> {
  const sizes = startSizes(scenario);
  await Promise.all(
    actors.map(({ plan, guest }) =>
      guest.moveBalloon(Math.max(sizeOf(plan, sizes), needBytes(plan)), MOVE_TIMEOUT_MS),
    ),
  );
}

function sizeOf({ name, fullBytes }: GuestPlan, sizes: ReadonlyMap<string, number>): number {
  return sizes.get(name) ?? fullBytes;
}

/** Starts the broker over all guests, and waits until every agent reports. */
export async function startBroker(
  { scenario, actors, folder, cleanup }: Stage,
  change: Partial<BrokerOptions>,
): Promise<TestBroker> {
  const { tuning } = settingsOf(scenario);
  const broker = await TestBroker.start({
    folder,
    budgetMib: Math.round(budgetBytes(scenario) / MIB),
    reserveMib: RESERVE_BYTES / MIB,
    accounting: scenario.accounting,
    tuning: { bootProtect: `${tuning.bootProtectMs}ms` },
    guests: actors.map(({ plan, guest }) => ({
      name: plan.name,
      qmpPath: guest.qmpPath,
      agentPath: guest.agentPath,
      minMib: Math.round(plan.minBytes / MIB),
      shares: plan.shares,
    })),
    ...change,
  });
  cleanup.add(() => broker.stop());
  const heard = actors.filter(({ plan }) => plan.agent.kind !== "none");
  await Promise.all(heard.map(({ plan }) => agentReports(broker, plan.name)));
  return broker;
}

async function act(scenario: Scenario, actors: readonly Actor[]): Promise<Seen[]> {
  const startMs = performance.now();
  await Promise.all(actors.map(({ guest }) => begin(guest)));
  const nowMs = () => performance.now() - startMs;
  const losses = actors.map((one) => loseAgent(one, nowMs));
  await watch(actors, scenario.warmUpMs, nowMs);
  const before = await Promise.all(actors.map(({ guest }) => guest.oomKills()));
  await watch(actors, scenario.durationMs, nowMs);
  await Promise.all(losses);
  return Promise.all(actors.map((one, i) => seen(one, before[i]?.count ?? 0)));
}

/** Observes the balloons until a time. */
async function watch(actors: readonly Actor[], untilMs: number, nowMs: () => number): Promise<void> {
  while (nowMs() < untilMs) {
    await Promise.all(
      actors.map(async ({ guest, sizes }) => {
        sizes.push({ atMs: nowMs(), bytes: await guest.balloonActual() });
      }),
    );
    await sleep(LOOK_MS);
  }
}

/** Kills the guest's agent and starts it again, as its plan says. */
async function loseAgent({ plan, guest }: Actor, nowMs: () => number): Promise<void> {
  for (const { fromMs, toMs } of plan.agent.silent) {
    await sleep(Math.max(0, fromMs - nowMs()));
    await guest.killAgent();
    await sleep(Math.max(0, toMs - nowMs()));
    await guest.startAgent();
  }
}

async function seen({ plan, guest, workload, sizes }: Actor, killsBefore: number): Promise<Seen> {
  const { output } = await workload.wait(END_TIMEOUT_MS);
  const { count } = await guest.oomKills();
  return { plan, looks: parseLooks(output), sizes, kills: count - killsBefore };
}
