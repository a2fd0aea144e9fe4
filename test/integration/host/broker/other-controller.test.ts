/** Beside another controller: it is noticed within two moves, named, and left alone; in observe nothing at all is changed. */
import { describe, expect, it, vi } from "vitest";
import { MIB } from "../../../../host/src/model/bytes.ts";
import { BrokerScene } from "../../../fakes/broker-scene.ts";

const PATIENCE = { timeout: 15_000, interval: 5 };
const intervalOf = (scene: BrokerScene, name: string) => scene.qemu(name).machine.pollingSeconds;

/** A guest that the broker has moved to 300 MiB and back to all of its memory. */
async function balanced(options: Partial<Parameters<typeof BrokerScene.open>[0]> = {}) {
  const scene = await BrokerScene.open({
    ...options,
    guests: { well: {}, odd: {} },
    tuning: { holdAfterTurnMs: 60_000 },
  });
  scene.held.set("odd", { residentBytes: 200 * MIB, swappedBytes: 0, processId: 10 });
  scene.view.setManual("odd", 300 * MIB);
  await vi.waitUntil(() => scene.qemu("odd").machine.actualBytes === 300 * MIB, PATIENCE);
  scene.view.setManual("odd", "auto");
  await vi.waitUntil(() => scene.qemu("odd").machine.actualBytes === 512 * MIB, PATIENCE);
  await scene.rounds("odd", 3);
  return scene;
}

describe("another controller", () => {
  it("that sets a target is noticed at its first move downwards, named, and left alone", async () => {
    const scene = await balanced();
    scene.clients = [
      { name: "ballastd", pid: 1, path: scene.entry("odd").qmpPath },
      { name: "momd", pid: 812, path: "/run/vm/odd.mon2" },
    ];
    const { machine } = scene.qemu("odd");
    machine.balloon(200 * MIB);
    const status = await scene.until("odd", ({ reason }) => reason === "other-controller");
    expect(status).toMatchObject({ state: "held", actualBytes: 200 * MIB });
    await scene.untilTold(
      "odd",
      /another program moved its balloon to 200 MiB, though its target is 512 MiB/,
    );
    const named = "momd (process 812) is connected to /run/vm/odd.mon2";
    expect((await scene.until("odd", ({ detail }) => detail !== undefined)).detail).toBe(named);
    expect(scene.status("odd").problem).toContain(named);
    expect(scene.view.explain("odd")?.verdict).toMatchObject({ reason: "other-controller", detail: named });
    const sent = scene.commanded("odd").length;
    machine.balloon(400 * MIB);
    await scene.rounds("odd", 10);
    machine.balloon(250 * MIB);
    await scene.rounds("odd", 10);
    expect(scene.commanded("odd")).toHaveLength(sent);
    await scene.expectServed("well");
  });

  it("that sets one target above ours again and again is noticed at its second move", async () => {
    const scene = await balanced();
    scene.view.setManual("odd", 300 * MIB);
    const { machine } = scene.qemu("odd");
    const isBack = () => machine.actualBytes === 300 * MIB;
    await vi.waitUntil(isBack, PATIENCE);
    await scene.rounds("odd", 3);
    machine.balloon(450 * MIB);
    await scene.rounds("odd", 2);
    await vi.waitUntil(isBack, PATIENCE);
    await scene.rounds("odd", 3);
    expect(scene.status("odd").reason).not.toBe("other-controller");
    machine.balloon(450 * MIB);
    await scene.until("odd", ({ reason }) => reason === "other-controller");
    await scene.rounds("odd", 5);
    expect(machine.actualBytes).toBe(450 * MIB);
  });

  it("keeps the guest's demands from being met, which are answered so", async () => {
    const scene = await balanced();
    scene.qemu("odd").machine.balloon(200 * MIB);
    await scene.until("odd", ({ reason }) => reason === "other-controller");
    const sent = scene.commanded("odd").length;
    const { port } = scene.agent("odd");
    port.demand(64 * MIB);
    expect(await port.hears("demand-reply")).toMatchObject({ outcome: "refused", grantedBytes: 0 });
    await scene.untilTold("odd", /another program moves its balloon$/);
    scene.qemu("odd").reset();
    await scene.rounds("odd", 5);
    expect(scene.commanded("odd")).toHaveLength(sent);
  });

  it("is forgotten on the admin's command, or after half an hour of quiet", async () => {
    for (const end of [
      (scene: BrokerScene) => void scene.view.setManual("odd", "auto"),
      (scene: BrokerScene) => {
        scene.clock.aheadMs += 30 * 60_000;
      },
    ]) {
      const scene = await balanced();
      scene.qemu("odd").machine.balloon(200 * MIB);
      await scene.until("odd", ({ reason }) => reason === "other-controller");
      end(scene);
      await scene.until("odd", ({ reason }) => reason !== "other-controller");
      await scene.untilTold("odd", /no other program moves its balloon any more/);
    }
  });
});

describe("the interval of the balloon's statistics", () => {
  it("is left as it is in observe", async () => {
    const scene = await BrokerScene.open({ guests: { odd: { agent: null } }, policy: { mode: "observe" } });
    await scene.rounds("odd", 5);
    await scene.stop();
    expect(scene.qemu("odd").commands.map(({ name }) => name)).not.toContain("qom-set");
    expect(intervalOf(scene, "odd")).toBe(0);
  });

  it("is switched on in act, and put back at the end", async () => {
    const scene = await BrokerScene.open({ guests: { odd: { agent: null } } });
    await scene.rounds("odd", 2);
    expect(intervalOf(scene, "odd")).toBe(2);
    await scene.stop();
    expect(intervalOf(scene, "odd")).toBe(0);
  });

  it("is put back when the mode becomes observe, and when the guest is dismissed after a reset", async () => {
    const scene = await BrokerScene.open({ guests: { odd: { agent: null }, well: {} } });
    await scene.rounds("odd", 2);
    scene.qemu("odd").reset();
    await scene.reload({ entries: [scene.entry("well")] });
    expect(intervalOf(scene, "odd")).toBe(0);
    expect(intervalOf(scene, "well")).toBe(2);
    await scene.reload({ policy: { mode: "observe" }, entries: [scene.entry("well")] });
    await vi.waitUntil(() => intervalOf(scene, "well") === 0, PATIENCE);
  });

  it("that another program set is neither changed nor put back", async () => {
    const scene = await BrokerScene.open({ guests: { odd: { agent: null, qemu: { pollingSeconds: 5 } } } });
    await scene.rounds("odd", 2);
    await scene.stop();
    expect(intervalOf(scene, "odd")).toBe(5);
  });
});
