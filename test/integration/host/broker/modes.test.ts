/** Single guests are switched between observe and act while the broker runs. */
import { describe, expect, it, vi } from "vitest";
import { MIB } from "../../../../host/src/model/bytes.ts";
import { BrokerScene } from "../../../fakes/broker-scene.ts";

const PATIENCE = { timeout: 15_000, interval: 5 };
const arrives = (scene: BrokerScene, name: string, mib: number) =>
  vi.waitUntil(() => scene.qemu(name).machine.actualBytes === mib * MIB, PATIENCE);
const changes = (scene: BrokerScene, name: string) =>
  scene.qemu(name).commands.filter((command) => ["balloon", "qom-set"].includes(command.name));

describe("a guest that is only observed while others are acted on", () => {
  it("keeps its memory in a shortage, gets its demands refused as observe-only, and nothing is set in its QEMU", async () => {
    const scene = await BrokerScene.open({ guests: { well: {}, odd: {} }, modes: { odd: "observe" } });
    expect(scene.status("odd")).toMatchObject({ mode: "observe" });
    expect(scene.status("well")).not.toHaveProperty("mode");
    await scene.scarcity();
    await vi.waitUntil(() => scene.qemu("well").machine.actualBytes < 512 * MIB, PATIENCE);
    await scene.until("odd", ({ reason }) => reason === "observe-only");
    const { freeBytes, availableBytes = 0 } = scene.status("odd");
    expect(freeBytes).toBe(availableBytes / 2);
    const { port } = scene.agent("odd");
    port.received.length = 0;
    port.demand(64 * MIB);
    expect(await port.hears("demand-reply")).toMatchObject({ outcome: "refused" });
    await scene.untilTold("odd", /refused, it is only observed/);
    expect(changes(scene, "odd")).toEqual([]);
    expect(scene.status("odd").actualBytes).toBe(512 * MIB);
  });

  it("takes a manual target and is not moved by it", async () => {
    const scene = await BrokerScene.open({ guests: { odd: {}, well: {} }, modes: { odd: "observe" } });
    expect(scene.view.setManual("odd", 300 * MIB).text).toMatch(/only observed, so nothing is moved/);
    await scene.rounds("odd", 5);
    expect(scene.commanded("odd")).toEqual([]);
  });
});

describe("the admin's switch of single guests", () => {
  it("lets one guest be acted on while the config says observe, and is kept for the next broker", async () => {
    const guests = { well: {}, odd: {} };
    const scene = await BrokerScene.open({ guests, policy: { mode: "observe" } });
    const answer = scene.view.setMode("act", "odd");
    expect(answer).toEqual({ ok: true, text: "odd: its balloon is moved from now on (act)" });
    scene.view.setManual("odd", 300 * MIB);
    await arrives(scene, "odd", 300);
    expect(changes(scene, "well")).toEqual([]);
    expect(scene.keptModes).toEqual({ odd: "act" });
    await scene.stop();
    const next = await BrokerScene.open({ guests, policy: { mode: "observe" }, modes: scene.keptModes });
    next.view.setManual("odd", 300 * MIB);
    await arrives(next, "odd", 300);
    expect(next.commanded("well")).toEqual([]);
    await next.reload({ policy: { mode: "observe" } });
    expect(next.status("odd")).toMatchObject({ mode: "act", state: "held" });
  });

  it.each([
    ["hold", 300, /stays lent/, /odd is only observed from now on: balloons stay as they are/],
    ["release", 512, /given back/, /1 of 1 guests were given all of their memory/],
  ] as const)("to observe leaves what was lent as onStop says (%s)", async (onStop, mib, text, told) => {
    const tuning = { holdAfterTurnMs: 60_000 };
    const scene = await BrokerScene.open({ guests: { well: {}, odd: {} }, onStop, tuning });
    scene.view.setManual("odd", 300 * MIB);
    await arrives(scene, "odd", 300);
    scene.view.setManual("odd", "auto");
    expect(scene.view.setMode("observe", "odd").text).toMatch(text);
    await scene.untilTold(undefined, told);
    await arrives(scene, "odd", mib);
    await scene.until("odd", ({ reason }) => reason === "observe-only");
    await scene.rounds("odd", 5);
    expect(scene.status("odd").actualBytes).toBe(mib * MIB);
    scene.view.setMode("act", "odd");
    await scene.expectServed("odd");
  });

  it("takes all guests at once, and says what holds for those that come later", async () => {
    const scene = await BrokerScene.open({ guests: { well: {}, odd: {}, none: { shares: 0 } } });
    expect(scene.view.setMode("observe").text).toMatch(
      /^3 guests: .*new follows the config, which says act$/,
    );
    expect(scene.keptModes).toEqual({ well: "observe", odd: "observe", none: "observe" });
    expect(scene.view.setMode("act").text).toMatch(/; 1 left alone all the same/);
    expect(scene.events("odd", "mode")).toHaveLength(2);
    expect(scene.view.setMode("act", "nobody")).toMatchObject({ ok: false, code: "refused" });
  });

  it("ends: the guest follows the config's mode again, now, after a reload and under the next broker", async () => {
    const guests = { well: {}, odd: {} };
    const scene = await BrokerScene.open({ guests, modes: { odd: "observe", gone: "act" } });
    expect(scene.view.setMode("config", "odd")).toEqual({
      ok: true,
      text: "odd: its mode is the config's again, which says act",
    });
    expect(scene.status("odd")).not.toHaveProperty("mode");
    expect(scene.keptModes).toEqual({ gone: "act" });
    scene.view.setManual("odd", 300 * MIB, 600_000);
    await arrives(scene, "odd", 300);
    const { manual } = scene.status("odd");
    expect(manual?.targetBytes).toBe(300 * MIB);
    expect(manual?.leftMs).toSatisfy((leftMs: number) => leftMs > 0 && leftMs <= 600_000);
    scene.view.setManual("odd", "auto");
    await scene.reload({ policy: { mode: "observe" } });
    await scene.until("odd", ({ reason }) => reason === "observe-only");
    expect(scene.view.setMode("config", "odd").text).toMatch(/which says observe; .*stays lent$/);
    expect(scene.events("odd", "mode")).toHaveLength(1);
  });

  it("that cannot be kept is not done", async () => {
    const scene = await BrokerScene.open({ guests: { odd: {} } });
    scene.isDiskFull = true;
    expect(scene.view.setMode("observe", "odd")).toMatchObject({
      ok: false,
      code: "not-kept",
      text: expect.stringMatching(/^nothing is changed: cannot write .*make room there/),
    });
    expect(scene.status("odd")).not.toHaveProperty("mode");
    scene.isDiskFull = false;
    await scene.expectServed("odd");
  });
});
