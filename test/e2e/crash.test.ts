/** Proves on real guests that losing a part is safe: the broker killed in the middle of a move, the agent killed. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MIB } from "../../host/src/model/bytes.ts";
import type { GuestStatus } from "../../host/src/model/status.ts";
import { skipReason } from "../testbed/requirements.ts";
import { Scene } from "../testbed/scene.ts";
import { waitFor } from "../testbed/wait.ts";

const reason = skipReason();

describe.skipIf(reason !== undefined)(`losing a part (${reason ?? "QEMU"})`, () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.open({
      guests: [{ name: "g1" }],
      broker: { budgetMib: 4096, tuning: { holdAfterDemand: "1s", bootProtect: "1s" } },
    });
  });
  afterAll(() => scene?.close());

  it("a broker killed in the middle of a move loses nothing, inflates nothing meanwhile, and goes on when it is back", async () => {
    const { broker } = scene;
    const guest = scene.guest("g1");
    await broker.hold("g1", 260 * MIB);
    await waitFor("the balloon to move", async () => (await guest.balloonActual()) < 500 * MIB, {
      timeoutMs: 60_000,
      intervalMs: 20,
    });
    await broker.kill();
    await waitFor("the move's end", async () => (await guest.balloonActual()) <= 262 * MIB, {
      timeoutMs: 30_000,
    });
    const alone = await guest.balloonActual();
    await broker.restart();
    // An event may tell the size before the first look at QEMU.
    const isFound = ({ agent, actualBytes, state }: GuestStatus) =>
      agent.connected && actualBytes !== undefined && state === "held";
    const found = await broker.until("g1", "found again and held", isFound, 60_000);
    expect(Math.abs((found.actualBytes ?? 0) - alone)).toBeLessThanOrEqual(4 * MIB);
    await broker.hold("g1", "auto");
    await broker.until("g1", "released", ({ actualBytes }) => actualBytes === 512 * MIB, 60_000);
    expect((await guest.oomKills()).count).toBe(0);
  });

  it("a killed agent stops all further inflation of its guest", async () => {
    const { broker } = scene;
    const guest = scene.guest("g1");
    await broker.hold("g1", "auto");
    await broker.until("g1", "released", ({ actualBytes }) => actualBytes === 512 * MIB, 60_000);
    await guest.killAgent();
    await broker.until("g1", "without agent", ({ reason: why }) => why === "hold-agent-lost", 60_000);
    await broker.hold("g1", 200 * MIB);
    broker.configure({ budgetMib: 300 });
    broker.signal("SIGHUP");
    await waitFor("the reload", async () => (await broker.status()).host.budgetBytes === 300 * MIB, {
      timeoutMs: 20_000,
    });
    // Nothing must happen: so there is no condition to wait for, only time for ten decisions.
    await sleep(10_000);
    expect(await guest.balloonActual()).toBe(512 * MIB);
    expect((await broker.guest("g1")).reason).toBe("hold-agent-lost");
  });
});
