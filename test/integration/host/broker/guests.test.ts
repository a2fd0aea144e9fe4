/** A broker over odd guests: without agent, device, driver or statistics, rebooting, replaced, contradicting QEMU. */
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { MIB } from "../../../../host/src/model/bytes.ts";
import type { GuestStatus } from "../../../../host/src/model/status.ts";
import { BrokerScene, type SceneGuest, type SceneOptions } from "../../../fakes/broker-scene.ts";

const PATIENCE = { timeout: 15_000, interval: 5 };
/** Scarce: guests that use little are squeezed from the beginning. */
const SCARCE: Partial<SceneOptions> = { budgetMib: 700 };

const open = (odd: SceneGuest, options: Partial<SceneOptions> = {}) =>
  BrokerScene.open({ ...options, guests: { well: {}, odd } });

const isSqueezed = ({ actualBytes = 512 * MIB }: GuestStatus) => actualBytes < 480 * MIB;

/** The lowest size that the guest was ever sent to, in MiB. */
const lowest = (scene: BrokerScene, name: string) => Math.min(...scene.commanded(name), 512);

describe("a guest", () => {
  it("without agent is balanced by the balloon's statistics, less boldly, and named so", async () => {
    const scene = await open({ agent: null, qemu: { usedBytes: 100 * MIB } });
    await scene.expectServed("well");
    await scene.until("odd", ({ freeBytes }) => freeBytes === 412 * MIB);
    await scene.scarcity();
    const status = await scene.until("odd", isSqueezed);
    expect(status).toMatchObject({ state: "managed", agent: { connected: false } });
    expect(status.agent.transport).toBeUndefined();
    expect(scene.view.explain("odd")?.verdict.source).toBe("balloon-stats");
    await scene.rounds("odd", 20);
    expect(lowest(scene, "odd")).toBeGreaterThan(100 * 1.3);
  });

  it("without balloon device is named so, once, and its size is left out of all plans", async () => {
    const scene = await open({ qemu: { balloonDevice: false } });
    const status = await scene.until("odd", ({ state }) => state === "inhibited");
    expect(status).toMatchObject({ reason: "inhibited", detail: "no-balloon-device" });
    expect(status.problem).toMatch(/has no balloon, so its size cannot be changed; start it with/);
    await scene.expectServed("well");
    await scene.scarcity();
    await scene.until("well", isSqueezed);
    expect(scene.commanded("odd")).toEqual([]);
    expect(scene.events("odd", "problem")).toHaveLength(1);
  });

  it("without balloon driver is first taken for booting, then named so, and never squeezed", async () => {
    const scene = await open({ qemu: { driverPresent: false } });
    await scene.until("odd", ({ detail }) => detail === "booting");
    scene.clock.aheadMs += 121_000;
    const status = await scene.until("odd", ({ detail }) => detail === "no-balloon-driver");
    expect(status.problem).toMatch(/no balloon driver answers inside.*load virtio_balloon/);
    await scene.expectServed("well");
    await scene.scarcity();
    await scene.until("well", isSqueezed);
    expect(lowest(scene, "odd")).toBe(512);
    scene.qemu("odd").machine.driverPresent = true;
    await scene.untilTold("odd", /no longer no-balloon-driver/);
  });

  it("of which neither agent nor statistics tell is left alone, and why is said after a while", async () => {
    const scene = await open({ agent: "mute", qemu: { statsFrozen: true } });
    const status = await scene.until("odd", ({ problem }) =>
      /nothing tells what it needs/.test(problem ?? ""),
    );
    expect(status).toMatchObject({ state: "blind", reason: "no-information" });
    await scene.expectServed("well");
    await scene.scarcity();
    await scene.until("well", isSqueezed);
    expect(lowest(scene, "odd")).toBe(512);
    expect(scene.events("odd", "problem").filter((text) => /nothing tells/.test(text))).toHaveLength(1);
    scene.qemu("odd").machine.statsFrozen = false;
    await scene.until("odd", ({ state }) => state === "managed");
    expect(scene.events("odd")).toContain("what it needs is known");
  });

  it("that is paused keeps its size and is named so", async () => {
    const scene = await open({});
    scene.qemu("odd").machine.runStatus = "paused";
    const status = await scene.until("odd", ({ detail }) => detail === "paused");
    expect(status.state).toBe("inhibited");
    expect(scene.events("odd", "problem")).toEqual(["it is paused: its balloon cannot move"]);
    await scene.expectServed("well");
    scene.qemu("odd").machine.runStatus = "running";
    await scene.until("odd", ({ state }) => state === "managed");
  });

  it("whose agent contradicts QEMU is named so, and nothing is taken from it", async () => {
    const scene = await open({ agent: "mute" });
    const { port } = scene.agent("odd");
    await port.begin();
    const lie = setInterval(
      () =>
        port.say({
          type: "report",
          sampledAtMs: 1,
          totalBytes: 500 * MIB,
          availableBytes: 200 * MIB,
          balloonBytes: 300 * MIB,
        }),
      50,
    );
    const status = await scene.until("odd", ({ problem }) => /contradicts/.test(problem ?? ""));
    onTestFinished(() => clearInterval(lie));
    expect(status.problem).toMatch(/counts 300 MiB in the balloon, QEMU 0 MiB/);
    expect(status.state).toBe("blind");
    await scene.expectServed("well");
    await scene.scarcity();
    await scene.until("well", isSqueezed);
    expect(lowest(scene, "odd")).toBe(512);
  });
});

describe("a guest that reboots while squeezed", () => {
  const TUNING = { bootProtectMs: 60_000 };
  const squeeze = async (scene: BrokerScene) => {
    scene.view.setManual("odd", 200 * MIB);
    await vi.waitUntil(() => scene.qemu("odd").machine.actualBytes === 200 * MIB, PATIENCE);
    scene.view.setManual("odd", "auto");
  };

  it("gets its memory back before its driver is there, and is not taken from while it boots", async () => {
    const scene = await open({}, { tuning: { ...TUNING, holdAfterTurnMs: 60_000 } });
    await squeeze(scene);
    const { machine } = scene.qemu("odd");
    scene.agent("odd").silence();
    scene.qemu("odd").reset();
    await scene.untilTold("odd", /it was reset: a new boot begins/);
    await vi.waitUntil(() => machine.targetBytes === 512 * MIB, PATIENCE);
    expect(machine.driverPresent).toBe(false);
    const commands = scene.commanded("odd").length;
    machine.boot();
    await scene.rounds("odd", 10);
    expect(scene.commanded("odd").slice(commands)).toEqual([]);
    expect(scene.status("odd").actualBytes).toBe(512 * MIB);
    await scene.expectServed("well");
  });

  it("gets it back on a short budget too: what it has while it boots is not lent to it", async () => {
    const scene = await open({}, { ...SCARCE, tuning: TUNING });
    await squeeze(scene);
    const { machine } = scene.qemu("odd");
    scene.agent("odd").silence();
    scene.qemu("odd").reset();
    await scene.untilTold("odd", /target set to 512 MiB \(reset\)/);
    expect(machine.targetBytes).toBe(512 * MIB);
    await scene.rounds("odd", 10);
    expect(machine.targetBytes).toBe(512 * MIB);
    expect(scene.status("odd").actualBytes).toBe(512 * MIB);
  });

  it("and has a manual target boots with all of its memory, and is held again once it is up", async () => {
    const scene = await open({}, { tuning: { bootProtectMs: 1_500 } });
    scene.view.setManual("odd", 200 * MIB);
    const { machine } = scene.qemu("odd");
    await vi.waitUntil(() => machine.actualBytes === 200 * MIB, PATIENCE);
    scene.agent("odd").silence();
    scene.qemu("odd").reset();
    await vi.waitUntil(() => machine.targetBytes === 512 * MIB, PATIENCE);
    machine.boot();
    await scene.agent("odd").live({ bootId: "boot-2", uptimeMs: 0 });
    await scene.until("odd", ({ detail }) => /booting, for/.test(detail ?? ""));
    await vi.waitUntil(() => machine.actualBytes === 200 * MIB, PATIENCE);
    expect(scene.status("odd").state).toBe("held");
  });

  it("is not judged by reports of the boot before, even when they arrive after the reset", async () => {
    const scene = await open({}, { ...SCARCE, tuning: { bootProtectMs: 100 } });
    await scene.until("odd", ({ usedBytes }) => usedBytes !== undefined);
    scene.qemu("odd").reset();
    await scene.untilTold("odd", /it was reset/);
    for (let i = 0; i < 10; i++) scene.agent("odd").report();
    await scene.rounds("odd", 10);
    expect(scene.status("odd").usedBytes).toBeUndefined();
    expect(scene.status("odd").agent.reportAgeMs).toBeUndefined();
    scene.qemu("odd").machine.boot();
    await scene.agent("odd").live({ bootId: "boot-2" });
    await scene.until("odd", ({ usedBytes }) => usedBytes !== undefined);
    await scene.untilTold("odd", /the guest rebooted/);
  });

  it("counts its OOM kills anew", async () => {
    const scene = await open({ agent: null });
    scene.qemu("odd").machine.setStats({ oomKills: 3 });
    await scene.until("odd", ({ oomKills }) => oomKills === 3);
    expect(scene.events("odd").join()).not.toMatch(/OOM/);
    scene.qemu("odd").machine.setStats({ oomKills: 5 });
    await scene.untilTold("odd", /OOM killer killed 2 processes/);
    scene.qemu("odd").reset();
    scene.qemu("odd").machine.setStats({ oomKills: 0 });
    scene.qemu("odd").machine.boot();
    await scene.until("odd", ({ oomKills }) => oomKills === 0);
  });
});

describe("a guest that rebooted while no broker looked", () => {
  it("has its balloon moved a little, so that QEMU tells its size and not that of before", async () => {
    const scene = await open({ agent: "mute" });
    const { machine } = scene.qemu("odd");
    machine.balloon(200 * MIB);
    machine.reset();
    machine.targetBytes = 512 * MIB;
    machine.boot();
    expect(machine.actualBytes).toBe(200 * MIB);
    await scene.until("odd", ({ targetBytes }) => targetBytes === 512 * MIB);
    expect(scene.status("odd").actualBytes).toBe(200 * MIB);
    scene.clock.aheadMs += 3_000;
    await scene.until("odd", ({ actualBytes }) => actualBytes === 512 * MIB);
    await scene.untilTold("odd", /QEMU still reports the size from before the reboot/);
  });
});

describe("a guest that is stopped and started again", () => {
  const replace = async (scene: BrokerScene) => {
    await scene.qemu("odd").close();
    await scene.until("odd", ({ state }) => state === "unreachable");
    await scene.startQemu("odd");
    return scene.until("odd", ({ state }) => state !== "unreachable");
  };

  it("is a new boot, protected as such, even without an event", async () => {
    const scene = await open({ agent: null }, { ...SCARCE, tuning: { bootProtectMs: 2_000 } });
    await scene.until("odd", isSqueezed);
    await replace(scene);
    await scene.until("odd", ({ detail }) => /booting, for \d+ s more/.test(detail ?? ""));
    expect(scene.commanded("odd").filter((mib) => mib < 512)).toEqual([]);
  });

  it("is known by its process; a monitor that only reconnected is the same boot", async () => {
    const scene = await open({});
    const held = { residentBytes: 500 * MIB, swappedBytes: 0 };
    scene.held.set("odd", { ...held, processId: 1 });
    await scene.rounds("odd", 2);
    const bootSeenAtMs = scene.broker.record("odd")?.boot.seenAtMs;
    scene.qemu("odd").hangUp();
    await scene.until("odd", ({ state }) => state === "unreachable");
    await scene.until("odd", ({ state }) => state === "managed");
    expect(scene.broker.record("odd")?.boot.seenAtMs).toBe(bootSeenAtMs);
    scene.held.set("odd", { ...held, processId: 2 });
    await scene.untilTold("odd", /another QEMU process: a new boot/);
    expect(scene.broker.record("odd")?.boot.seenAtMs).toBeGreaterThan(bootSeenAtMs ?? 0);
  });
});
