/** Benchmark: from a balloon command to libvirt's answer, which comes after QEMU's, with eight real domains that are observed every second. */
import { setTimeout as sleep } from "node:timers/promises";
import { LibvirtConnection } from "../../host/src/libvirt/connection.ts";
import { createDomainMonitor } from "../../host/src/libvirt/domain-monitor.ts";
import { listActive } from "../../host/src/libvirt/rpc/domains.ts";
import type { Clock, GuestMonitor, Log } from "../../host/src/model/adapters.ts";
import { MIB } from "../../host/src/model/bytes.ts";
import { RealLibvirtd, smallDomainXml, whyNoLibvirtd } from "../fakes/real-libvirtd.ts";

const DOMAINS = 8;
const COMMANDS = 200;
const EVERY_MS = 100;
const SIZES = [100 * MIB, 110 * MIB];
const QUIET: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const CLOCK: Clock = { nowMs: () => performance.now(), wallMs: () => Date.now() };
const LISTENER = { onBalloonChange() {}, onReset() {}, onMemoryDoubted() {}, onConnection() {} };

/** Times in milliseconds; `undefined` without libvirt. */
export async function libvirtLatency(): Promise<readonly number[] | undefined> {
  if (whyNoLibvirtd() !== undefined) return undefined;
  const libvirtd = await RealLibvirtd.start();
  const connection = new LibvirtConnection({ address: libvirtd.address, log: QUIET });
  try {
    for (let n = 0; n < DOMAINS; n++) {
      await libvirtd.define(smallDomainXml(`vm${n}`));
      await libvirtd.virsh("start", `vm${n}`);
    }
    await connection.firstAttempt;
    const domains = await listActive(connection);
    const monitors = domains.map(({ uuid, untrustedName: name }) =>
      createDomainMonitor({ connection, uuid, name, clock: CLOCK, log: QUIET, listener: LISTENER }),
    );
    return await commandAll(monitors);
  } finally {
    await connection.close();
    await libvirtd.end();
  }
}

/** One command after the other, to each domain in turn. */
async function commandAll(monitors: readonly GuestMonitor[]): Promise<number[]> {
  const observe = () => Promise.all(monitors.map((monitor) => monitor.observe()));
  await observe();
  const looks = setInterval(() => void observe(), 1_000);
  const times: number[] = [];
  for (let n = 0; n < COMMANDS; n++) {
    const fromMs = performance.now();
    await monitors[n % monitors.length]?.setTarget(SIZES[n % SIZES.length] ?? 0);
    times.push(performance.now() - fromMs);
    await sleep(EVERY_MS);
  }
  clearInterval(looks);
  await Promise.all(monitors.map((monitor) => monitor.close()));
  return times;
}
