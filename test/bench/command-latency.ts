/** Benchmark: from a balloon command to its last byte on the wire, by how the monitors of twenty real QEMUs are reached. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createMonitorWatch } from "../../host/src/kernel/monitor-watch.ts";
import type { Clock, Log } from "../../host/src/model/adapters.ts";
import { MIB } from "../../host/src/model/bytes.ts";
import { createGuestMonitor, type Machine } from "../../host/src/qemu/guest-monitor.ts";
import { START_REST_MS } from "../../host/src/qmp/lease/sight.ts";
import { IdleQemu } from "../testbed/platform/idle-qemu.ts";
import { ProxmoxTools } from "../testbed/platform/proxmox-tools.ts";

const QEMUS = 20;
const COMMANDS = 200;
const EVERY_MS = 100;
/** Five times as often as pvestatd, so that the period sees several polls. */
const POLL_EVERY_MS = 2_000;
const SIZES = [24 * MIB, 28 * MIB];
const QUIET: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const CLOCK: Clock = { nowMs: () => performance.now(), wallMs: () => Date.now() };
const LISTENER = { onBalloonChange() {}, onReset() {}, onMemoryDoubted() {}, onConnection() {} };

/** Times in milliseconds, by what the monitors were used for. */
export interface CommandLatency {
  readonly own: readonly number[];
  readonly lease: readonly number[];
  /** While Proxmox's tools use all monitors. */
  readonly shared: readonly number[];
}

/** A command that finds its monitor taken until its deadline is no figure. */
export async function commandLatency(): Promise<CommandLatency> {
  const folder = await mkdtemp(join(tmpdir(), "bl-"));
  const qemus = Array.from(
    { length: QEMUS },
    (_, n) => new IdleQemu(join(folder, `${n}.qmp`), join(folder, "log")),
  );
  try {
    for (const qemu of qemus) await qemu.start();
    const paths = qemus.map(({ qmpPath }) => qmpPath);
    const own = await commandAll(paths, "own");
    await sleep(START_REST_MS);
    const lease = await commandAll(paths, "lease");
    const tools = new ProxmoxTools({
      paths: () => paths,
      called: paths,
      pollEveryMs: POLL_EVERY_MS,
      isOurs: async () => false,
    });
    const [shared] = await Promise.all([commandAll(paths, "lease"), tools.run(COMMANDS * EVERY_MS)]);
    return { own, lease, shared };
  } finally {
    await Promise.all(qemus.map((qemu) => qemu.stop()));
    await rm(folder, { recursive: true, force: true });
  }
}

/** One command after the other, to each monitor in turn, while all are observed at the pace of their mode. */
async function commandAll(paths: readonly string[], mode: "own" | "lease"): Promise<number[]> {
  const watch = mode === "lease" && { watch: createMonitorWatch({}) };
  const machines = paths.map((qmpPath) =>
    createGuestMonitor({ name: qmpPath, qmpPath, clock: CLOCK, log: QUIET, listener: LISTENER, ...watch }),
  );
  const observe = () => Promise.all(machines.map((machine) => machine.observe()));
  await observe();
  const looks = setInterval(() => void observe(), 1_000);
  const times: number[] = [];
  for (let n = 0; n < COMMANDS; n++) {
    const machine = machines[n % machines.length];
    if (machine !== undefined) void command(machine, n, times);
    await sleep(EVERY_MS);
  }
  clearInterval(looks);
  await Promise.all(machines.map((machine) => machine.close()));
  return times;
}

async function command(machine: Machine, n: number, times: number[]): Promise<void> {
  const fromMs = performance.now();
  const onWritten = () => void times.push(performance.now() - fromMs);
  await machine.setTarget(SIZES[n % SIZES.length] ?? 0, { onWritten }).catch(() => undefined);
}
