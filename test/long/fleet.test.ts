/** Real brokers and a real NATS server: a fleet is seen as a whole, and no broker depends on it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { keyOf, openBucket } from "../../host/src/fleet/bucket.ts";
import { MIB } from "../../host/src/model/bytes.ts";
import type { HostSummary } from "../../host/src/model/fleet.ts";
import { FakeQemu } from "../fakes/fake-qemu.ts";
import { LivelyAgent } from "../fakes/lively-agent.ts";
import { socketFolder } from "../fakes/socket-folder.ts";
import { TestBroker } from "../testbed/broker.ts";
import { freePort } from "../testbed/free-port.ts";
import { NatsServer, natsProgram } from "../testbed/nats.ts";

const PATIENCE = { timeout: 40_000, interval: 200 };
const CLI = fileURLToPath(new URL("../../host/dist/cli/main.js", import.meta.url));

async function aNatsServer() {
  const nats = new NatsServer(socketFolder(), await freePort());
  await nats.start();
  onTestFinished(() => nats.kill());
  return nats;
}

async function aBroker(name: string, nats: string) {
  const folder = socketFolder();
  const paths = { qmpPath: join(folder, "g.qmp"), agentPath: join(folder, "g.agent") };
  const qemu = await FakeQemu.start({ path: paths.qmpPath });
  onTestFinished(() => qemu.close());
  await LivelyAgent.listen(paths.agentPath, qemu.machine);
  const broker = await TestBroker.start({
    ...{ folder, budgetMib: 8192, guests: [{ name: `${name}-guest`, ...paths }] },
    fleet: `{ nats: "${nats}", name: ${name} }`,
    tuning: { bootProtect: "1ms" },
  });
  onTestFinished(() => broker.stop());
  return broker;
}

async function ballast(...args: readonly string[]) {
  const child = spawn(process.execPath, [CLI, ...args]);
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return { out, err, code: code as number };
}

async function hostsSeen(configPath: string): Promise<HostSummary[]> {
  const { out } = await ballast("fleet", "--json", "--config", configPath);
  return out === "" ? [] : (JSON.parse(out) as { hosts: HostSummary[] }).hosts;
}

const untilTold = (broker: TestBroker, what: RegExp) =>
  vi.waitUntil(async () => (await broker.events()).find((event) => what.test(event.text)), PATIENCE);

describe.skipIf(natsProgram() === undefined)("a fleet", () => {
  it("is seen as a whole from each host; one that ends is shown as silent", async () => {
    const nats = await aNatsServer();
    const [a, b, c] = await Promise.all(["a", "b", "c"].map((name) => aBroker(name, nats.url)));
    if (a === undefined || b === undefined || c === undefined) throw new Error("three brokers");
    const hosts = await vi.waitUntil(async () => {
      const seen = await hostsSeen(b.configPath);
      return seen.length === 3 && seen.every(({ guests }) => guests.length === 1) ? seen : undefined;
    }, PATIENCE);
    expect(hosts.map(({ host }) => host)).toEqual(["a", "b", "c"]);
    expect(hosts[0]?.guests[0]?.name).toBe("a-guest");
    await c.kill();
    const { out } = await ballast("fleet", "--config", a.configPath);
    expect(out).toMatch(/^c .* ago/m);
    expect((await ballast("fleet", "advise", "--config", a.configPath)).out).toBe(
      "no host stays short: nothing to move\n",
    );
  });

  it("costs no balancing: brokers work on while the server is away, and are heard again when it is back", async () => {
    const nats = await aNatsServer();
    const broker = await aBroker("a", nats.url);
    await vi.waitUntil(async () => (await hostsSeen(broker.configPath)).length === 1, PATIENCE);
    await nats.kill();
    await untilTold(broker, /^fleet: .*balancing goes on|^.*; balancing goes on without it/);
    await broker.squeeze("a-guest", 400 * MIB, 30_000);
    expect((await ballast("fleet", "--config", broker.configPath)).err).toMatch(
      /cannot be used: .*JetStream/,
    );
    await nats.start();
    await untilTold(broker, /^the fleet hears of this host again/);
  });

  it("costs no balancing while the server stands still, as beyond a broken network", async () => {
    const nats = await aNatsServer();
    const broker = await aBroker("a", nats.url);
    const first = await vi.waitUntil(async () => (await hostsSeen(broker.configPath))[0], PATIENCE);
    nats.freeze(true);
    onTestFinished(() => nats.freeze(false));
    await broker.squeeze("a-guest", 400 * MIB, 30_000);
    await untilTold(broker, /balancing goes on without it/);
    nats.freeze(false);
    const isNewer = async () => ((await hostsSeen(broker.configPath))[0]?.atMs ?? 0) > first.atMs;
    await vi.waitUntil(isNewer, PATIENCE);
  });

  it("takes no broker's place where what stands in the bucket is no summary", async () => {
    const nats = await aNatsServer();
    const broker = await aBroker("a", nats.url);
    await vi.waitUntil(async () => (await hostsSeen(broker.configPath)).length === 1, PATIENCE);
    const { connection, values } = await openBucket({ servers: [nats.url] });
    await values.put(keyOf("evil"), '{"host":"evil"}');
    await connection.close();
    expect((await hostsSeen(broker.configPath)).map(({ host }) => host)).toEqual(["a"]);
  });
});

describe("ballast fleet", () => {
  it("says what to write where the config names no fleet", async () => {
    const broker = await TestBroker.start({ folder: socketFolder(), guests: [], budgetMib: 1024 });
    onTestFinished(() => broker.stop());
    const { err, code } = await ballast("fleet", "--config", broker.configPath);
    expect({ err, code }).toEqual({ err: expect.stringContaining("names no fleet: write fleet:"), code: 2 });
  });
});
