/** Owns playing a script of phases in one real guest. */
import { KIB, MIB } from "../../../host/src/model/bytes.ts";
import type { GuestPlan, Phase } from "../../../host/src/simulate/scenario.ts";
import type { TestGuest } from "../../testbed/guest.ts";
import type { Workload } from "../../testbed/workload.ts";

const READY_TIMEOUT_MS = 180_000;
/** `MAX_PHASES` of workloads/play.h. */
const MAX_PHASES = 64;

/** What is played. */
export interface Script {
  readonly phases: readonly Phase[];
  readonly durationMs: number;
  readonly staleBytes: number;
  readonly staleActive: boolean;
  /** For so long a read may wait until it is dropped; absent: 100 ms. */
  readonly backlogMs?: number;
}

/** A guest's part of a scenario. Throws a `RangeError` for what real guests of the testbed cannot play. */
export function scriptOf(plan: GuestPlan, durationMs: number): Script {
  const { phases } = plan;
  const isOdd = plan.os !== "linux" || plan.swapBytes > 0 || plan.bootAtMs > 0 || plan.rebootsAtMs.length > 0;
  if (
    isOdd ||
    plan.driver.kind !== "working" ||
    phases.some(({ streamBytesPerSecond }) => streamBytesPerSecond > 0)
  )
    throw new RangeError(
      `${plan.name}: the testbed plays Linux guests that run from the start, without swap and streams`,
    );
  return { phases, durationMs, staleBytes: plan.staleCacheBytes, staleActive: plan.staleCacheActive };
}

/** The script as arguments of `workload` (see workloads/workload.c). */
export function playArguments({ phases, durationMs, staleBytes, staleActive, backlogMs }: Script): string[] {
  if (phases.length > MAX_PHASES) throw new RangeError(`${phases.length} phases, at most ${MAX_PHASES}`);
  const stale = [
    "--stale-mb",
    String(Math.round(staleBytes / MIB)),
    "--stale-reads",
    staleActive ? "2" : "1",
  ];
  return [
    ...["play", "--folder", "/scratch", "--seconds", String(Math.ceil(durationMs / 1000))],
    ...["--phases", phases.map(phaseWord).join(",")],
    ...(staleBytes > 0 ? stale : []),
    ...(backlogMs === undefined ? [] : ["--backlog-ms", String(backlogMs)]),
  ];
}

function phaseWord(phase: Phase): string {
  const kib = (bytes: number) => Math.round(bytes / KIB);
  const { anonBytes, touchBytesPerSecond, hotBytes } = phase;
  return [phase.fromMs, kib(anonBytes), kib(touchBytesPerSecond), kib(hotBytes), phase.readsPerSecond].join(
    ":",
  );
}

/** Sets a guest up until all that the script begins with is in its memory. */
export async function prepare(guest: TestGuest, script: Script): Promise<Workload> {
  await guest.run("rm -f /run/go");
  const workload = await guest.spawnWorkload(playArguments(script));
  await workload.waitForOutput(/^ready$/m, READY_TIMEOUT_MS);
  return workload;
}

/** Begins the script. */
export async function begin(guest: TestGuest): Promise<void> {
  await guest.run("touch /run/go");
}
