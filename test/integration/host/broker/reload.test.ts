/** A running broker is told something else: guests added, removed and changed, manual targets, the end. */
import { describe, expect, it, vi } from "vitest";
import { MIB } from "../../../../host/src/model/bytes.ts";
import { BrokerScene } from "../../../fakes/broker-scene.ts";

const PATIENCE = { timeout: 15_000, interval: 5 };
const arrives = (scene: BrokerScene, name: string, mib: number) =>
  vi.waitUntil(() => scene.qemu(name).machine.actualBytes === mib * MIB, PATIENCE);

describe("a reload", () => {
  it("takes up a new guest and lets a removed one go, its balloon as it is", async () => {
    const scene = await BrokerScene.open({ guests: { well: {}, odd: {} } });
    scene.view.setManual("odd", 300 * MIB);
    await arrives(scene, "odd", 300);
    await scene.startQemu("late");
    await scene.listen("late");
    await scene.reload({ entries: [scene.entry("well"), scene.entry("late")] });
    await scene.agent("late").live();
    await scene.until("late", ({ state }) => state === "managed");
    expect(scene.view.status().guests.map(({ name }) => name)).toEqual(["well", "late"]);
    expect(scene.events("odd").at(-1)).toBe("no longer managed: its balloon stays as it is");
    expect(scene.events("late")[0]).toBe("managed from now on");
    expect(scene.qemu("odd").machine.actualBytes).toBe(300 * MIB);
    await vi.waitUntil(() => scene.qemu("odd").clientCount === 0, PATIENCE);
    expect(scene.keptHolds).toEqual({});
    await scene.expectServed("well");
    await scene.expectServed("late");
  });

  it("of a guest's limits keeps its connections, its hold and what is known of it", async () => {
    const scene = await BrokerScene.open({ guests: { well: {}, odd: {} } });
    scene.view.setManual("odd", 300 * MIB);
    await arrives(scene, "odd", 300);
    const bootSeenAtMs = scene.broker.record("odd")?.boot.seenAtMs;
    const greeted = scene.qemu("odd").commands.filter(({ name }) => name === "qmp_capabilities").length;
    await scene.reload({
      entries: [scene.entry("well"), { ...scene.entry("odd"), min: { kind: "bytes", bytes: 400 * MIB } }],
    });
    await arrives(scene, "odd", 400);
    expect(scene.status("odd")).toMatchObject({ state: "held", minBytes: 400 * MIB });
    expect(scene.broker.record("odd")?.boot.seenAtMs).toBe(bootSeenAtMs);
    const again = scene.qemu("odd").commands.filter(({ name }) => name === "qmp_capabilities").length;
    expect(again).toBe(greeted);
    expect(scene.events("odd")).toContain("its settings have changed");
    expect(scene.status("odd").agent.connected).toBe(true);
  });

  it("of a guest's sockets connects anew and keeps its hold", async () => {
    const scene = await BrokerScene.open({ guests: { well: {}, odd: {} } });
    scene.view.setManual("odd", 300 * MIB);
    await arrives(scene, "odd", 300);
    const { agentPath: _, ...withoutAgent } = scene.entry("odd");
    await scene.reload({ entries: [scene.entry("well"), withoutAgent] });
    const status = await scene.until("odd", ({ state }) => state === "held");
    expect(status.agent).toEqual({ connected: false });
    await scene.expectServed("well");
  });
});

describe("a manual target", () => {
  it("ends with its time, in words, and is forgotten", async () => {
    const scene = await BrokerScene.open({ guests: { odd: {} } });
    expect(scene.view.setManual("odd", 300 * MIB, 120_000).text).toBe("odd: manual target 300 MiB for 2 min");
    await scene.until("odd", ({ state }) => state === "held");
    await arrives(scene, "odd", 300);
    expect(scene.keptHolds).toHaveProperty("odd");
    scene.clock.aheadMs += 120_000;
    await scene.untilTold("odd", /its manual target ended: its time is over/);
    expect(scene.status("odd").state).not.toBe("held");
    expect(scene.keptHolds).toEqual({});
  });

  it("is saved for the next broker in whole milliseconds and restored, with an event", async () => {
    const scene = await BrokerScene.open({ guests: { odd: {} } });
    scene.view.setManual("odd", 300 * MIB, 60_000);
    await arrives(scene, "odd", 300);
    const kept = scene.keptHolds;
    expect(Number.isSafeInteger(kept["odd"]?.untilWallMs)).toBe(true);
    const next = await BrokerScene.open({ guests: { odd: {}, gone: {} }, holds: kept });
    expect(next.events("odd")[0]).toMatch(/manual target 300 MiB restored, for (60|59|5\d) s more/);
    await arrives(next, "odd", 300);
    expect(next.status("odd").state).toBe("held");
  });

  it("that ended while no broker ran, or of a guest that is gone, is dropped with an event", async () => {
    const holds = {
      odd: { targetBytes: 300 * MIB, untilWallMs: Date.now() - 1 },
      gone: { targetBytes: 300 * MIB },
    };
    const scene = await BrokerScene.open({ guests: { odd: {} }, holds });
    expect(scene.events("odd")[0]).toMatch(/ended while no broker ran/);
    expect(scene.events("gone")[0]).toMatch(/no longer a guest in the config/);
    await scene.rounds("odd", 5);
    expect(scene.status("odd").state).not.toBe("held");
    expect(scene.commanded("odd")).toEqual([]);
  });

  it("outside of the guest's limits, or of a guest whose size is unknown, is refused in words", async () => {
    const scene = await BrokerScene.open({ guests: { odd: {}, dark: { qemu: null, agent: null } } });
    expect(scene.view.setManual("odd", 64 * MIB)).toEqual({
      ok: false,
      code: "refused",
      text: "64 MiB is outside of the bounds of odd: 128 MiB to 512 MiB",
    });
    expect(scene.view.setManual("dark", 300 * MIB).text).toMatch(/its QEMU has not answered/);
  });
});

describe("a guest that is dismissed", () => {
  const held = async (scene: BrokerScene) => {
    scene.view.setManual("odd", 300 * MIB);
    await arrives(scene, "odd", 300);
    scene.view.setManual("odd", "auto");
  };
  const TUNING = { holdAfterTurnMs: 60_000 };

  it("gets its memory back where onStop says release, with an event", async () => {
    const scene = await BrokerScene.open({
      guests: { well: {}, odd: {} },
      onStop: "release",
      tuning: TUNING,
    });
    await held(scene);
    await scene.reload({ entries: [scene.entry("well")] });
    expect(scene.qemu("odd").machine.actualBytes).toBe(512 * MIB);
    expect(scene.events("odd").at(-1)).toBe("no longer managed: it was given all of its memory");
  });

  it("and cannot be reached causes a warning", async () => {
    const scene = await BrokerScene.open({ guests: { well: {}, odd: {} }, onStop: "release" });
    await scene.qemu("odd").close();
    await scene.until("odd", ({ state }) => state === "unreachable");
    await scene.reload({ entries: [scene.entry("well")] });
    const last = scene.view.events(0, 1000).findLast(({ guest }) => guest === "odd");
    expect(last).toMatchObject({ level: "warn", text: "no longer managed: its balloon stays as it is" });
  });

  it("with all others, because the mode becomes observe, is released as onStop says", async () => {
    for (const [onStop, mib] of [
      ["hold", 300],
      ["release", 512],
    ] as const) {
      const scene = await BrokerScene.open({ guests: { well: {}, odd: {} }, onStop, tuning: TUNING });
      await held(scene);
      await scene.reload({ policy: { mode: "observe" } });
      expect(scene.qemu("odd").machine.actualBytes).toBe(mib * MIB);
      const words = onStop === "hold" ? /balloons stay as they are/ : /2 of 2 guests were given all/;
      expect(scene.events().some((text) => words.test(text))).toBe(true);
    }
  });
});

describe("a manual target that cannot be kept", () => {
  it("is not set, and the answer says what to do", async () => {
    const scene = await BrokerScene.open({ guests: { odd: {} } });
    scene.isDiskFull = true;
    expect(scene.view.setManual("odd", 300 * MIB)).toMatchObject({
      ok: false,
      code: "not-kept",
      text: expect.stringMatching(/^nothing is changed: cannot write .*make room there/),
    });
    await scene.rounds("odd", 5);
    expect(scene.status("odd").state).toBe("managed");
    expect(scene.commanded("odd")).toEqual([]);
    expect(scene.events("odd", "manual")).toEqual([]);
  });

  it("stays what it was before", async () => {
    const scene = await BrokerScene.open({ guests: { odd: {} } });
    scene.view.setManual("odd", 300 * MIB);
    await arrives(scene, "odd", 300);
    scene.isDiskFull = true;
    expect(scene.view.setManual("odd", "auto")).toMatchObject({ ok: false, code: "not-kept" });
    await scene.rounds("odd", 5);
    expect(scene.status("odd").state).toBe("held");
  });
});

describe("the broker's end", () => {
  it("leaves balloons as they are, unless it is to release them", async () => {
    for (const [onStop, mib] of [
      ["hold", 300],
      ["release", 512],
    ] as const) {
      const scene = await BrokerScene.open({ guests: { odd: {}, alone: { shares: 0 } }, onStop });
      scene.view.setManual("odd", 300 * MIB);
      await arrives(scene, "odd", 300);
      await scene.stop();
      expect(scene.qemu("odd").machine.actualBytes).toBe(mib * MIB);
      expect(scene.commanded("alone")).toEqual([]);
      await vi.waitUntil(() => scene.qemu("odd").clientCount === 0, PATIENCE);
    }
  });

  it("is not held up by a QEMU that hangs", async () => {
    const scene = await BrokerScene.open({
      guests: { odd: {}, hung: {} },
      onStop: "release",
      machine: { lookDeadlineMs: 300, commandDeadlineMs: 500 },
    });
    scene.view.setManual("odd", 300 * MIB);
    await arrives(scene, "odd", 300);
    scene.qemu("hung").setMode("silent");
    await scene.until("hung", ({ state }) => state === "unreachable");
    await scene.stop();
    expect(scene.qemu("odd").machine.actualBytes).toBe(512 * MIB);
    expect(scene.events(undefined, "stopping").at(-1)).toMatch(/1 of 2 guests were given all/);
  });
});
