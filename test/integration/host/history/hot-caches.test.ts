/** A real broker that is killed and started anew over guests whose hot caches it had learned. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it, onTestFinished, vi } from "vitest";
import { MIB } from "../../../../host/src/model/bytes.ts";
import type { GuestStatus } from "../../../../host/src/model/status.ts";
import { FakeQemu } from "../../../fakes/fake-qemu.ts";
import { LivelyAgent } from "../../../fakes/lively-agent.ts";
import { socketFolder } from "../../../fakes/socket-folder.ts";
import { TestBroker } from "../../../testbed/broker.ts";

const PATIENCE_MS = 20_000;
/** A sample is written each ten seconds. */
const NEXT_SAMPLE = { timeout: 60_000, interval: 200 };
/** What both guests read again and again, as their kernels see it at first. */
const HOT_BYTES = 200 * MIB;
/** What their kernels show after a while at that size: too little was read twice of late. */
const SHOWN_BYTES = 20 * MIB;

async function aGuest(folder: string, name: string, usedMib = 100) {
  const guest = { name, qmpPath: join(folder, `${name}.qmp`), agentPath: join(folder, `${name}.agent`) };
  const qemu = await FakeQemu.start({ path: guest.qmpPath, usedBytes: usedMib * MIB });
  onTestFinished(() => qemu.close());
  const agent = await LivelyAgent.listen(guest.agentPath, qemu.machine);
  return { guest, agent, machine: qemu.machine };
}

function shows({ agent }: Awaited<ReturnType<typeof aGuest>>, activeCacheBytes: number): void {
  agent.cache = { cacheBytes: 250 * MIB, activeCacheBytes };
}

/** How many hot caches are written. */
function written(path: string): number {
  try {
    const database = new DatabaseSync(path, { readOnly: true });
    const { n } = database.prepare("SELECT count(*) AS n FROM hot_caches").get() ?? {};
    database.close();
    return Number(n);
  } catch {
    return 0;
  }
}

it("leaves a guest the hot cache that it had learned before it was killed, unless the guest has booted since", async () => {
  const folder = socketFolder();
  const [reader, rebooted] = [await aGuest(folder, "reader"), await aGuest(folder, "rebooted")];
  // What one of them does not need it would have.
  const greedy = await aGuest(folder, "greedy", 480);
  const guests = [reader, rebooted, greedy];
  const broker = await TestBroker.start({
    ...{ folder, guests: guests.map(({ guest }) => guest), budgetMib: 1160, accounting: "strict" },
    tuning: { bootProtect: "1ms", tick: "100ms" },
  });
  onTestFinished(() => broker.stop());
  for (const each of [reader, rebooted]) shows(each, HOT_BYTES);
  for (const { agent } of guests) await agent.live();
  await vi.waitUntil(() => written(join(folder, "state", "history.db")) === guests.length, NEXT_SAMPLE);
  const { floorBytes = 0 } = (await broker.explain("reader")).verdict;
  expect(floorBytes).toBeGreaterThan(HOT_BYTES);
  await broker.kill();
  for (const each of [reader, rebooted]) shows(each, SHOWN_BYTES);
  await broker.restart();
  for (const { agent } of [reader, greedy]) await agent.live();
  await rebooted.agent.live({ bootId: "boot-2" });
  const has = ({ actualBytes = 0 }: GuestStatus) => actualBytes >= floorBytes - 20 * MIB;
  const hasNot = ({ actualBytes = floorBytes }: GuestStatus) => actualBytes < floorBytes - 50 * MIB;
  await broker.until("rebooted", "taken from", hasNot, PATIENCE_MS);
  await broker.until("reader", "at its floor", has, PATIENCE_MS);
  expect((await broker.explain("reader")).verdict.hotCacheBytes).toBeGreaterThanOrEqual(HOT_BYTES - 20 * MIB);
});
