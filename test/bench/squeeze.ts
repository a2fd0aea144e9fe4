/** Owns bringing a real guest to a wanted size or headroom before a burst, and what a burst came to. */
import { setTimeout as sleep } from "node:timers/promises";
import { MIB } from "../../host/src/model/bytes.ts";
import type { GuestStatus } from "../../host/src/model/status.ts";
import type { TestBroker } from "../testbed/broker.ts";
import type { TestGuest } from "../testbed/guest.ts";
import { waitFor } from "../testbed/wait.ts";

const SQUEEZE_TIMEOUT_MS = 60_000;
const BURST_TIMEOUT_MS = 120_000;
/** Touched by every burst, in the workload's megabytes. */
export const BURST_MB = 280;
/** How near to the wanted headroom is near enough. */
const HEADROOM_TOLERANCE_BYTES = 3 * MIB;
const ADJUSTMENTS = 12;
const SETTLE_MS = 2_500;

export interface BurstResult {
  readonly survived: boolean;
  readonly durationMs: number | undefined;
}

/** Runs one burst to its end, however it ends. */
export async function burst(guest: TestGuest, rateMbPerSecond: number): Promise<BurstResult> {
  const before = (await guest.oomKills()).count;
  const args = ["burst", "--mb", BURST_MB, "--rate-mb-s", rateMbPerSecond];
  const workload = await guest.spawnWorkload(args);
  const { status, output } = await workload.wait(BURST_TIMEOUT_MS);
  const killed = (await guest.oomKills()).count > before;
  const durationMs = /done mb=\d+ ms=(\d+)/.exec(output)?.[1];
  return {
    survived: status === 0 && !killed,
    durationMs: durationMs === undefined ? undefined : Number(durationMs),
  };
}

/** Holds the guest at a size through the broker and waits until it is there and at rest. */
export async function squeezeTo(broker: TestBroker, name: string, bytes: number): Promise<GuestStatus> {
  await broker.hold(name, bytes);
  const there = ({ actualBytes }: GuestStatus) =>
    (actualBytes ?? Number.POSITIVE_INFINITY) <= bytes + 2 * MIB;
  await broker.until(name, `at ${bytes / MIB} MiB`, there, SQUEEZE_TIMEOUT_MS);
  await sleep(SETTLE_MS);
  return broker.guest(name);
}

/** Squeezes until so much is available and stays so; `undefined` when the guest cannot be held there at rest. */
export async function squeezeToHeadroom(
  broker: TestBroker,
  name: string,
  headroomBytes: number,
): Promise<GuestStatus | undefined> {
  const { usedBytes = 0 } = await broker.guest(name);
  let target = usedBytes + headroomBytes;
  for (let attempt = 0; attempt < ADJUSTMENTS; attempt++) {
    target = Math.round(target / MIB) * MIB;
    const status = await squeezeTo(broker, name, target).catch(() => undefined);
    if (status === undefined) return undefined;
    const excess = (status.availableBytes ?? 0) - headroomBytes;
    if (Math.abs(excess) <= HEADROOM_TOLERANCE_BYTES) return status;
    target -= excess;
  }
  return undefined;
}

/** Lets the guest have all of its memory again. */
export async function letGo(broker: TestBroker, name: string): Promise<void> {
  await broker.hold(name, "auto");
  const full = ({ actualBytes, maxBytes }: GuestStatus) => actualBytes === maxBytes;
  await broker.until(name, "let go", full, SQUEEZE_TIMEOUT_MS);
  await sleep(SETTLE_MS);
}

/** Share of a processor, in percent, that the agent took over a while. */
export async function agentCpuPercent(guest: TestGuest, overMs: number): Promise<number | undefined> {
  const pid = await guest.agentPid();
  if (pid === undefined) return undefined;
  const ranNs = async () => Number((await guest.run(`cat /proc/${pid}/schedstat`)).output.split(" ")[0]);
  const startMs = performance.now();
  const before = await ranNs();
  await sleep(overMs);
  return ((await ranNs()) - before) / 1e4 / (performance.now() - startMs);
}

/** Without a broker: squeezes through the testbed's own monitor. */
export async function squeezeAlone(guest: TestGuest, bytes: number): Promise<void> {
  await guest.moveBalloon(512 * MIB);
  await guest.moveBalloon(bytes);
  await waitFor("the guest to settle", async () => ((await guest.meminfo()).totalBytes ?? 0) < bytes, {
    timeoutMs: SQUEEZE_TIMEOUT_MS,
  });
  await sleep(SETTLE_MS);
}
