/** Owns the measurements on real guests that the simulator is calibrated against. */
import { setTimeout as sleep } from "node:timers/promises";
import { MIB } from "../../../host/src/model/bytes.ts";
import type { Phase } from "../../../host/src/simulate/scenario.ts";
import { packagedAgent } from "../../bootstrap/agent.ts";
import { bootGuest } from "../../testbed/boot.ts";
import type { TestGuest } from "../../testbed/guest.ts";
import { waitFor } from "../../testbed/wait.ts";
import { median } from "../figures.ts";
import { begin, prepare } from "../real/player.ts";
import { parseKills, parseLooks } from "../real/track.ts";
import {
  CACHE_SIZES_MIB,
  FULL_BYTES,
  HOT_BYTES,
  LADDER_MIB,
  MISSES_PER_SECOND,
  type ReadSpeed,
  SETTLE_MS,
  type Sizes,
  type Speeds,
  SQUEEZED_BYTES,
  TOUCHED_BYTES,
  WATCH_MS,
} from "./setup.ts";

const RUNS = 5;
const KILL_RUNS = 3;
/** Long enough for the slowest burst to end in a kill. */
const KILL_WATCH_MS = 8_000;
const POLL_MS = 5;
const MOVE_TIMEOUT_MS = 60_000;
const AT_REST_MS = 1_500;
/** The agent has found its size by then. */
const AGENT_START_MS = 5_000;
const IDLE: Phase = {
  fromMs: 0,
  anonBytes: 0,
  touchBytesPerSecond: 0,
  hotBytes: 0,
  readsPerSecond: 0,
  streamBytesPerSecond: 0,
  busy: true,
};

/** Boots a guest for one measurement and ends it. */
export async function withGuest<T>(
  name: string,
  measure: (guest: TestGuest) => Promise<T>,
  scratch = false,
): Promise<T> {
  const guest = await bootGuest({
    name,
    agentProgram: await packagedAgent(),
    ...(scratch && { scratch: { sizeMib: 400, operationsPerSecond: MISSES_PER_SECOND } }),
  });
  try {
    return await measure(guest);
  } finally {
    await guest.stop();
  }
}

/** How fast the balloon takes memory that was used before, and how fast it returns it. */
export async function balloonSpeeds(guest: TestGuest): Promise<Speeds> {
  const inflations: number[] = [];
  const deflations: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    await (await guest.spawnWorkload(["burst", "--mb", 380])).wait(MOVE_TIMEOUT_MS);
    await sleep(AT_REST_MS);
    inflations.push(await moveSpeed(guest, SQUEEZED_BYTES));
    await sleep(AT_REST_MS);
    deflations.push(await moveSpeed(guest, FULL_BYTES));
  }
  return {
    inflateBytesPerSecond: median(inflations) ?? 0,
    deflateBytesPerSecond: median(deflations) ?? 0,
  };
}

async function moveSpeed(guest: TestGuest, toBytes: number): Promise<number> {
  const fromBytes = await guest.balloonActual();
  const startMs = performance.now();
  await guest.setBalloon(toBytes);
  const isThere = async () => Math.abs((await guest.balloonActual()) - toBytes) < MIB;
  await waitFor("the balloon", isThere, { timeoutMs: MOVE_TIMEOUT_MS, intervalMs: POLL_MS });
  return (Math.abs(toBytes - fromBytes) * 1000) / (performance.now() - startMs);
}

/** What the guest's kernel calls available at each size of the ladder, agent and workload being there and at rest. */
export async function sizes(guest: TestGuest): Promise<Sizes[]> {
  const found: Sizes[] = [];
  await prepare(guest, { phases: [IDLE], durationMs: 1_000, staleBytes: 0, staleActive: false });
  await sleep(AGENT_START_MS);
  for (const mib of LADDER_MIB) {
    await guest.moveBalloon(mib * MIB);
    await sleep(AT_REST_MS);
    found.push({ sizeBytes: mib * MIB, availableBytes: (await guest.meminfo()).availableBytes ?? 0 });
  }
  return found;
}

/** Milliseconds from the first touch to the kill, nothing helping; the median of some runs. */
export async function killMs(guest: TestGuest, bytesPerSecond: number): Promise<number | undefined> {
  const times: number[] = [];
  const burst = { ...IDLE, anonBytes: TOUCHED_BYTES, touchBytesPerSecond: bytesPerSecond, fromMs: 1_000 };
  for (let i = 0; i < KILL_RUNS; i++) {
    await guest.moveBalloon(FULL_BYTES);
    await guest.moveBalloon(SQUEEZED_BYTES);
    await sleep(AT_REST_MS);
    const script = { phases: [IDLE, burst], durationMs: KILL_WATCH_MS, staleBytes: 0, staleActive: false };
    const workload = await prepare(guest, script);
    await begin(guest);
    const { output } = await workload.wait(MOVE_TIMEOUT_MS);
    const [kill] = parseKills(output);
    if (kill !== undefined) times.push(kill.atMs - burst.fromMs);
  }
  return median(times);
}

/** Speed of random reads over a set, at each size of the ladder, downwards. */
export async function readSpeeds(guest: TestGuest): Promise<ReadSpeed[]> {
  const reading = { ...IDLE, hotBytes: HOT_BYTES, readsPerSecond: 1_000_000 };
  const durationMs = (CACHE_SIZES_MIB.length + 2) * (SETTLE_MS + WATCH_MS);
  const workload = await prepare(guest, { phases: [reading], durationMs, staleBytes: 0, staleActive: false });
  await begin(guest);
  const found: ReadSpeed[] = [];
  for (const mib of CACHE_SIZES_MIB) {
    await guest.moveBalloon(mib * MIB);
    await sleep(SETTLE_MS);
    const first = parseLooks(await workload.output()).at(-1);
    await sleep(WATCH_MS);
    const last = parseLooks(await workload.output()).at(-1);
    if (first === undefined || last === undefined) continue;
    const seconds = (last.atMs - first.atMs) / 1000;
    found.push({
      sizeBytes: mib * MIB,
      availableBytes: last.availableBytes,
      readsPerSecond: (last.reads - first.reads) / seconds,
      refaultsPerSecond: (last.refaultPages - first.refaultPages) / seconds,
    });
  }
  await workload.kill();
  return found;
}
