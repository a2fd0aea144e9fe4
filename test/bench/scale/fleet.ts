/** Measures many brokers that share one NATS server: what each costs, what they send, and how soon all can see a change of one. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type FleetBucket, keyOf, openBucket } from "../../../host/src/fleet/bucket.ts";
import { readSummary } from "../../../host/src/fleet/read-summary.ts";
import { MIB, sum } from "../../../host/src/model/bytes.ts";
import { TestBroker } from "../../testbed/broker.ts";
import { freePort } from "../../testbed/free-port.ts";
import { residentBytes } from "../../testbed/host.ts";
import { NatsServer } from "../../testbed/nats.ts";
import { waitFor } from "../../testbed/wait.ts";
import { processorSeconds } from "../process-figures.ts";
import { Crowd } from "./crowd.ts";
import { BUDGET_SHARE, FULL_BYTES, REPORT_EVERY_MS, SIZE_SHARE, USED_BYTES, untilSeen } from "./measure.ts";

/** What is moved after the start has come to rest by then. */
const SETTLE_MS = 30_000;
const CHANGES = 10;
const CHANGE_LIMIT_MS = 30_000;
/** A guest is told to give this up: a host's summary then tells so much less that is charged. */
const CHANGE_BYTES = 128 * MIB;

/** Figures of a fleet. */
export interface FleetMeasured {
  readonly brokers: number;
  readonly guestsEach: number;
  /** Of one core, each broker's. */
  readonly restShares: readonly number[];
  /** Each broker's. */
  readonly residentBytes: readonly number[];
  readonly natsShare: number;
  /** Values that came in, of all brokers. */
  readonly messagesPerSecond: number;
  readonly bytesPerSecond: number;
  /** From an order to one broker until the bucket tells what followed of it. */
  readonly seenMs: readonly number[];
}

/** One broker of the fleet. */
interface Host {
  readonly name: string;
  readonly broker: TestBroker;
  readonly guests: readonly string[];
}

/** Starts all, lets them rest for `restSeconds`, then changes something on one host after the other. */
export async function measureFleet(
  brokers: number,
  guestsEach: number,
  restSeconds: number,
): Promise<FleetMeasured> {
  const folder = mkdtempSync(join(tmpdir(), "bf-"));
  const nats = new NatsServer(folder, await freePort());
  const sizes = { fullBytes: FULL_BYTES, sizeBytes: FULL_BYTES * SIZE_SHARE, usedBytes: USED_BYTES };
  const count = brokers * guestsEach;
  const crowd = await Crowd.start({ folder, first: 0, count, ...sizes, reportEveryMs: REPORT_EVERY_MS });
  const hosts: Host[] = [];
  let bucket: FleetBucket | undefined;
  try {
    await nats.start();
    for (let number = 0; number < brokers; number++)
      hosts.push(await startHost(folder, number, guestsEach, crowd, nats.url));
    await Promise.all(hosts.map(({ broker }) => untilSeen(broker, guestsEach)));
    bucket = await openBucket({ servers: [nats.url] });
    await sleep(SETTLE_MS);
    const rest = await atRest(hosts, nats, bucket, restSeconds);
    return { brokers, guestsEach, ...rest, seenMs: await changes(hosts, bucket) };
  } finally {
    await bucket?.connection.close();
    await Promise.all(hosts.map(({ broker }) => broker.stop()));
    await crowd.stop();
    await nats.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function startHost(
  folder: string,
  number: number,
  guestsEach: number,
  crowd: Crowd,
  nats: string,
): Promise<Host> {
  const name = `host${number}`;
  const own = join(folder, name);
  mkdirSync(own);
  const guests = crowd.guests.slice(number * guestsEach, (number + 1) * guestsEach);
  const broker = await TestBroker.start({
    ...{ folder: own, guests, accounting: "strict", fleet: `{ nats: "${nats}", name: ${name} }` },
    budgetMib: Math.round((guestsEach * FULL_BYTES * BUDGET_SHARE) / MIB),
  });
  return { name, broker, guests: guests.map((guest) => guest.name) };
}

async function atRest(hosts: readonly Host[], nats: NatsServer, { values }: FleetBucket, seconds: number) {
  const pids = [...hosts.map(({ broker }) => broker.pid), nats.pid];
  const puts = await values.watch({ ignoreDeletes: true, include: "updates" });
  const lengths: number[] = [];
  const counted = (async () => {
    for await (const { value } of puts) lengths.push(value.length);
  })();
  const [beganAtMs, before] = [performance.now(), pids.map(processorSeconds)];
  await sleep(seconds * 1_000);
  const wallSeconds = (performance.now() - beganAtMs) / 1_000;
  const shares = pids.map((pid, i) => (processorSeconds(pid) - (before[i] ?? 0)) / wallSeconds);
  puts.stop();
  await counted;
  return {
    restShares: shares.slice(0, hosts.length),
    natsShare: shares.at(-1) ?? 0,
    residentBytes: hosts.map(({ broker }) => residentBytes(broker.pid) ?? 0),
    messagesPerSecond: lengths.length / wallSeconds,
    bytesPerSecond: sum(lengths, (length) => length) / wallSeconds,
  };
}

/** Each on another host, and not in step with what the hosts send every few seconds. */
async function changes(hosts: readonly Host[], bucket: FleetBucket): Promise<number[]> {
  const tookMs: number[] = [];
  for (let change = 0; change < CHANGES; change++) {
    const host = hosts[change % hosts.length];
    if (host !== undefined) tookMs.push(await changed(host, change, bucket));
    await sleep(1_000 + ((change * 1_618) % 5_000));
  }
  return tookMs;
}

async function changed({ name, broker, guests }: Host, change: number, bucket: FleetBucket): Promise<number> {
  const chargedBytes = async () => {
    const entry = await bucket.values.get(keyOf(name));
    return entry === null ? undefined : readSummary(entry.value)?.chargedBytes;
  };
  const before = (await chargedBytes()) ?? 0;
  const guest = guests[Math.floor(change / 10) % guests.length] ?? "";
  const { actualBytes = 0 } = await broker.guest(guest);
  const beganAtMs = performance.now();
  await broker.hold(guest, actualBytes - CHANGE_BYTES);
  const isSeen = async () =>
    Math.abs(((await chargedBytes()) ?? before) - before) > CHANGE_BYTES / 2 || undefined;
  await waitFor(`${name}'s change in the fleet`, isSeen, { timeoutMs: CHANGE_LIMIT_MS });
  return performance.now() - beganAtMs;
}
