/** Owns playing a whole scenario on real guests: guests, their scripts, the broker or a split, and what was seen. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { MIB } from "../../../host/src/model/bytes.ts";
import type { GuestPlan, Scenario } from "../../../host/src/simulate/scenario.ts";
import type { BootOptions } from "../../testbed/boot-options.ts";
import { TestBroker } from "../../testbed/broker.ts";
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

/** What was seen of one guest. */
export interface Seen {
  readonly plan: GuestPlan;
  readonly looks: readonly Look[];
  /** Logical sizes as QEMU tells them, each 250 ms. */
  readonly sizes: readonly { readonly atMs: number; readonly bytes: number }[];
  /** The guest kernel's `oom_kill` at the end less at the end of the warm-up. */
  readonly kills: number;
}

interface Actor {
  readonly plan: GuestPlan;
  readonly guest: TestGuest;
  readonly workload: Workload;
  readonly sizes: { readonly atMs: number; readonly bytes: number }[];
}

/** Plays a scenario once. Throws what the testbed throws when guests or broker do not come up. */
export async function playScenario(scenario: Scenario, rule: Rule): Promise<Seen[]> {
  const cleanup = new Cleanup();
  try {
    const folder = await mkdtemp(join(tmpdir(), "bl-"));
    cleanup.add(() => rm(folder, { recursive: true, force: true }));
    const guests = await bootAll(scenario.guests.map(bootOptions), folder, cleanup);
    const actors = await Promise.all(scenario.guests.map((plan, i) => actor(scenario, plan, guests[i])));
    await control(scenario, rule, actors, folder, cleanup);
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
    scratch: {
      sizeMib: Math.ceil(filesBytes / MIB) + SCRATCH_SPARE_MIB,
      operationsPerSecond: Math.round(1e6 / plan.missUs),
    },
  };
}

async function actor(scenario: Scenario, plan: GuestPlan, guest: TestGuest | undefined): Promise<Actor> {
  if (guest === undefined) throw new RangeError(`${plan.name} was not booted`);
  const workload = await prepare(guest, scriptOf(plan, scenario.durationMs));
  return { plan, guest, workload, sizes: [] };
}

/** Brings every guest to its size at the beginning, and starts what moves balloons from then on. */
async function control(
  scenario: Scenario,
  rule: Rule,
  actors: readonly Actor[],
  folder: string,
  cleanup: Cleanup,
): Promise<void> {
  const split = startSizes(scenario);
  const size = ({ plan }: Actor) => split.get(plan.name) ?? plan.fullBytes;
  await Promise.all(
    actors.map((one) => one.guest.moveBalloon(Math.max(size(one), needBytes(one.plan)), MOVE_TIMEOUT_MS)),
  );
  if (rule === "split") {
    await Promise.all(actors.map((one) => one.guest.setBalloon(size(one))));
    return;
  }
  const broker = await startBroker(scenario, actors, folder);
  cleanup.add(() => broker.stop());
  const heard = actors.filter(({ plan }) => plan.agent.kind !== "none");
  await Promise.all(heard.map(({ plan }) => agentReports(broker, plan.name)));
}

function startBroker(scenario: Scenario, actors: readonly Actor[], folder: string): Promise<TestBroker> {
  const { tuning } = settingsOf(scenario);
  return TestBroker.start({
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
  });
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
