/** Benchmark: what `virsh` and other clients of libvirt take without ballastd, beside one at work and beside a busy one, on the same real domains, in turn. */
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LibvirtClient } from "../../host/src/libvirt/rpc/client.ts";
import * as domains from "../../host/src/libvirt/rpc/domains.ts";
import { MIB } from "../../host/src/model/bytes.ts";
import { RealLibvirtd, smallDomainXml, whyNoLibvirtd } from "../fakes/real-libvirtd.ts";
import { TestBroker } from "../testbed/broker.ts";
import { figure, markdownTable, quantile } from "./figures.ts";

const DOMAINS = 8;
/** Turns of each kind: what the machine does beside is spread over both. */
const TURNS = 6;
const RUNS = 10;
const CALLS = 100;
/** Orders of the admin, over all domains: the broker commands and looks all the time. */
const ORDER_EVERY_MS = 50;
const SIZES = [100 * MIB, 110 * MIB, 120 * MIB];

/** Milliseconds by what was done. */
type Times = Map<string, number[]>;

export interface BesideVirsh {
  readonly without: Times;
  /** Beside a broker that looks at all domains each second, as it does for good. */
  readonly beside: Times;
  /** Beside one that an admin orders about all the time. */
  readonly besideBusy: Times;
  /** Orders that the broker carried out meanwhile. */
  readonly orders: number;
}

/** `undefined` without libvirt. */
export async function besideVirsh(): Promise<BesideVirsh | undefined> {
  if (whyNoLibvirtd() !== undefined) return undefined;
  const libvirtd = await RealLibvirtd.start();
  const [without, beside, besideBusy]: [Times, Times, Times] = [new Map(), new Map(), new Map()];
  let orders = 0;
  try {
    for (let n = 0; n < DOMAINS; n++) {
      await libvirtd.define(smallDomainXml(`vm${n}`));
      await libvirtd.virsh("start", `vm${n}`, "--paused");
    }
    for (let turn = 0; turn < TURNS; turn++) {
      await measure(libvirtd, without);
      await withBroker(libvirtd, () => measure(libvirtd, beside), false);
      orders += await withBroker(libvirtd, () => measure(libvirtd, besideBusy), true);
    }
    return { without, beside, besideBusy, orders };
  } finally {
    await libvirtd.end();
  }
}

export function besideTable({ without, beside, besideBusy, orders }: BesideVirsh): string {
  const rows = [...without].map(([what, times]) => {
    const ms = (share: number) =>
      [without, beside, besideBusy].map((all) => figure(quantile(all.get(what) ?? [], share), 2, " ms"));
    return [what, String(times.length), ...ms(0.5), ...ms(0.95)];
  });
  const columns = ["without", "beside", "beside a busy one"];
  const head = ["what", "runs each", ...[50, 95].flatMap((p) => columns.map((column) => `p${p} ${column}`))];
  return `${markdownTable(head, rows)}\nThe broker carried out ${orders} orders meanwhile.`;
}

/** A broker that looks at the domains, and moves their balloons where it `isBusy`, while `act` runs; resolves with how often. */
async function withBroker(
  { address, folder: parent }: RealLibvirtd,
  act: () => Promise<void>,
  isBusy: boolean,
): Promise<number> {
  const uri = `qemu:///session?socket=${address.socketPaths[1]}`;
  const folder = await mkdtemp(join(parent, "b-"));
  const broker = await TestBroker.start({
    ...{ folder, guests: [], budgetMib: 4096 },
    find: { libvirt: `{ enabled: true, uri: "${uri}" }` },
  });
  for (let n = 0; n < DOMAINS; n++)
    await broker.until(`vm${n}`, "observed", ({ maxBytes }) => maxBytes !== undefined, 30_000);
  let isOver = !isBusy;
  const ordering = order(broker, () => isOver);
  try {
    await act();
  } finally {
    isOver = true;
  }
  const orders = await ordering;
  await broker.stop();
  return orders;
}

async function order(broker: TestBroker, isOver: () => boolean): Promise<number> {
  let orders = 0;
  for (; !isOver(); orders++) {
    await broker.hold(`vm${orders % DOMAINS}`, SIZES[Math.floor(orders / DOMAINS) % SIZES.length] ?? 0);
    await sleep(ORDER_EVERY_MS);
  }
  return orders;
}

async function measure(libvirtd: RealLibvirtd, times: Times): Promise<void> {
  for (let n = 0; n < RUNS; n++) {
    const name = `vm${n % DOMAINS}`;
    await timed(times, "virsh dommemstat", () => libvirtd.virsh("dommemstat", name));
    await timed(times, "virsh dominfo", () => libvirtd.virsh("dominfo", name));
    await timed(times, "virsh setmem --live", () => libvirtd.virsh("setmem", name, "128M", "--live"));
  }
  await measureCalls(libvirtd, times);
}

/** The calls alone, without a process for each. */
async function measureCalls({ address }: RealLibvirtd, times: Times): Promise<void> {
  const client = new LibvirtClient({ path: address.socketPaths[1] ?? "", uri: address.uri });
  await client.connect();
  const all = await domains.listActive(client);
  for (let n = 0; n < CALLS; n++) {
    const domain = all[n % all.length];
    if (domain === undefined) continue;
    await timed(times, "the call for memory statistics alone", () =>
      domains.queryActualBytes(client, domain),
    );
    await timed(times, "the call to set memory alone", () => domains.setMemory(client, domain, 128 * MIB));
    await sleep(2);
  }
  await client.close();
}

async function timed(times: Times, what: string, act: () => Promise<unknown>): Promise<void> {
  const fromMs = performance.now();
  await act();
  times.set(what, [...(times.get(what) ?? []), performance.now() - fromMs]);
}
