/** A broker beside QEMU monitors that misbehave: the guest is left alone and named, the others are served. */
import { spawnSync } from "node:child_process";
import { describe, expect, it, vi } from "vitest";
import { BrokerScene, type SceneGuest } from "../../../fakes/broker-scene.ts";
import type { FakeMode } from "../../../fakes/fake-qemu.ts";

const PATIENCE = { timeout: 15_000, interval: 5 };
/** A look fails quickly, but not because the machine is busy. */
const HASTY = { greetingDeadlineMs: 300, lookDeadlineMs: 400, commandDeadlineMs: 600 };
const SICK: SceneGuest = { agent: null };

const open = (sick: SceneGuest) =>
  BrokerScene.open({ guests: { well: { agent: {} }, sick: { ...SICK, ...sick } }, machine: HASTY });

describe("a monitor's socket", () => {
  it("that is missing is named with its path, and the guest is taken up when it appears", async () => {
    const scene = await open({ qemu: null });
    const status = await scene.until("sick", ({ problem }) => problem !== undefined);
    expect(status).toMatchObject({ state: "unreachable", reason: "inhibited", detail: "unreachable" });
    expect(status.problem).toMatch(/sick\.qmp: there is no such socket; start the guest/);
    await scene.expectServed("well");
    expect(scene.events("sick", "problem")).toHaveLength(1);
    await scene.startQemu("sick");
    await scene.until("sick", ({ state }) => state === "managed");
    expect(scene.events("sick")).toContain("its QEMU answers again");
    expect(scene.status("sick").problem).toBeUndefined();
  });

  it("that was left behind by a dead QEMU is told apart from a missing one", async () => {
    const scene = await open({ qemu: null });
    const { qmpPath } = scene.entry("sick");
    const script = `require("node:net").createServer().listen(${JSON.stringify(qmpPath)}, () => process.kill(process.pid, "SIGKILL"))`;
    spawnSync(process.execPath, ["-e", script]);
    const status = await scene.until("sick", ({ problem }) => /no program listens there/.test(problem ?? ""));
    expect(status.problem).toMatch(/it comes back when the guest starts/);
  });
});

describe("a monitor", () => {
  it.each<[FakeMode, RegExp]>([
    ["busy", /no greeting within 300 ms; another program holds this monitor/],
    ["mute", /did not answer qmp_capabilities within 600 ms|owes an answer/],
    ["silent", /did not answer .* within 400 ms|owes an answer/],
    ["nonsense", /does not speak QMP/],
    ["garbled", /does not keep to QMP: broken JSON/],
    ["oversized", /does not keep to QMP: more than 1048576 bytes/],
    ["cut", /QEMU closed the QMP connection/],
  ])("that is %s leaves its guest alone, says why once, and costs the others nothing", async (mode, why) => {
    const scene = await open({ qemu: { mode } });
    const status = await scene.until("sick", ({ problem }) => why.test(problem ?? ""));
    expect(status.state).toBe("unreachable");
    await scene.expectServed("well");
    expect(scene.commanded("sick")).toEqual([]);
    await scene.rounds("well", 20);
    const told = scene.events("sick", "problem");
    expect(told.some((text) => why.test(text))).toBe(true);
    expect(new Set(told).size).toBe(told.length);
    expect(told.length).toBeLessThanOrEqual(4);
  });

  it.each<FakeMode>(["busy", "silent", "garbled", "cut"])(
    "that was %s for a while is taken up again when it answers",
    async (mode) => {
      const scene = await open({ qemu: { mode } });
      await scene.until("sick", ({ state, problem }) => state === "unreachable" && problem !== undefined);
      scene.qemu("sick").setMode("normal");
      if (mode === "busy") scene.qemu("sick").hangUp();
      const status = await scene.until("sick", ({ state }) => state === "managed");
      expect(status.problem).toBeUndefined();
      expect(scene.events("sick").at(-1)).toBe("its QEMU answers again");
    },
  );

  it("that is slow is served slowly, within the deadline", async () => {
    const scene = await open({ qemu: { mode: "slow", slowMs: 40 } });
    const status = await scene.until("sick", ({ state }) => state === "managed");
    expect(status.problem).toBeUndefined();
    await scene.expectServed("well");
  });

  it("that falls silent makes its guest's old figures worthless at once", async () => {
    const scene = await BrokerScene.open({
      guests: { well: {}, sick: { qemu: { usedBytes: 1 } } },
      budgetMib: 400,
      machine: HASTY,
    });
    const { machine } = scene.qemu("sick");
    scene.qemu("sick").setMode("silent");
    await scene.until("sick", ({ state }) => state === "unreachable");
    const target = machine.targetBytes;
    await scene.rounds("well", 20);
    expect(machine.targetBytes).toBe(target);
    expect(scene.status("sick")).toMatchObject({ reason: "inhibited", detail: "unreachable" });
  });

  it("that refuses balloon commands gets them again, ever more seldom, with one event", async () => {
    const scene = await BrokerScene.open({ guests: { well: {}, sick: {} } });
    scene.qemu("sick").refusals.set("balloon", "GenericError");
    scene.view.setManual("sick", 300 * 1024 * 1024);
    const status = await scene.until("sick", ({ problem }) => /balloon command/.test(problem ?? ""));
    expect(status.state).toBe("unreachable");
    expect(status.problem).toMatch(/to 300 MiB failed: QEMU refused balloon/);
    await scene.expectServed("well");
    await scene.rounds("well", 20);
    expect(scene.commanded("sick").length).toBeLessThanOrEqual(2);
    expect(scene.events("sick", "problem")).toHaveLength(1);
    scene.qemu("sick").refusals.clear();
    scene.clock.aheadMs += 5_000;
    await vi.waitUntil(() => scene.qemu("sick").machine.actualBytes === 300 * 1024 * 1024, PATIENCE);
    await scene.untilTold("sick", /takes balloon commands again/);
  });
});
