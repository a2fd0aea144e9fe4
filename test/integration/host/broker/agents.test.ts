/** A broker that hears agents badly: cut frames, noise, silence, floods; nothing is taken on old news, the others are served. */
import { encodeEnvelope, encodeFrame } from "@ballast/proto";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { plain } from "../../../../host/src/cli/format/paint.ts";
import { formatStatus } from "../../../../host/src/cli/format/status.ts";
import { MIB } from "../../../../host/src/model/bytes.ts";
import type { GuestStatus } from "../../../../host/src/model/status.ts";
import { BrokerScene, type SceneGuest, type SceneOptions } from "../../../fakes/broker-scene.ts";

const PATIENCE = { timeout: 15_000, interval: 5 };
/** Without statistics all that is known of the guest is what its agent says. */
const open = (odd: SceneGuest = {}, options: Partial<SceneOptions> = {}) =>
  BrokerScene.open({ ...options, guests: { well: {}, odd: { qemu: { statsFrozen: true }, ...odd } } });

const isSqueezed = ({ actualBytes = 512 * MIB }: GuestStatus) => actualBytes < 480 * MIB;
const noise = (bytes: number) => Buffer.alloc(bytes, "noise ");

describe("an agent", () => {
  it("whose frames arrive in single bytes is understood", async () => {
    const scene = await open({ agent: "mute" });
    const { port } = scene.agent("odd");
    await port.begin({ agentVersion: "9.8.7" });
    const message = {
      type: "report",
      sampledAtMs: 1,
      totalBytes: 500 * MIB,
      availableBytes: 300 * MIB,
    } as const;
    for (const byte of port.frame(message)) {
      port.write(Uint8Array.of(byte));
      await new Promise(setImmediate);
    }
    const status = await scene.until("odd", ({ usedBytes }) => usedBytes === 212 * MIB);
    expect(status.agent).toMatchObject({ connected: true, transport: "virtio-serial", version: "9.8.7" });
  });

  it("whose version is made to look like columns of the status forges none", async () => {
    const scene = await open({ agent: "mute" });
    const { port } = scene.agent("odd");
    await port.begin({ agentVersion: "9, 0.1s  steady\n\u3164\u2003漢q\u0336\u202e", osVersion: "6.1 漢" });
    await scene.until("odd", ({ agent }) => agent.version !== undefined);
    const status = scene.view.status();
    const table = formatStatus(status, plain).filter((line) => /^(NAME|well|odd) /.test(line));
    expect(table).toHaveLength(3);
    expect(table.join("")).toMatch(/^[ -~]*$/);
    const at = table[0]?.indexOf("REASON") ?? 0;
    const [, ...rows] = table;
    expect(rows.map((row) => row.slice(at).split(":")[0])).toEqual(status.guests.map(({ reason }) => reason));
    expect(scene.status("odd").agent.version).toBe("90.1ssteadyq");
    await scene.untilTold("odd", /^agent 90\.1ssteadyq on 6\.1 is here/);
  });

  it("with noise between its frames still works, and the noise is a problem in the status", async () => {
    const scene = await open();
    scene.agent("odd").port.write(noise(1000));
    scene.agent("odd").report();
    await scene.until("odd", ({ problem }) => /noise/.test(problem ?? ""));
    const status = await scene.until("odd", ({ state, agent }) => state === "managed" && agent.connected);
    expect(status.problem).toMatch(/noise comes between the agent's frames \(1000 bytes dropped\)/);
    expect(scene.events("odd", "agent").filter((text) => /noise/.test(text))).toHaveLength(1);
    await scene.expectServed("odd");
  });

  it("that is nothing but noise is cut off, and its guest is not taken from", async () => {
    const scene = await open({ agent: "mute" });
    const { port } = scene.agent("odd");
    await port.host();
    for (let sent = 0; sent < 5; sent++) port.write(noise(100 * 1024));
    const status = await scene.until("odd", ({ problem }) => /noise instead of frames/.test(problem ?? ""));
    expect(status.state).toBe("blind");
    await scene.expectServed("well");
    await scene.scarcity();
    await scene.until("well", isSqueezed);
    expect(scene.commanded("odd")).toEqual([]);
    expect(scene.events("odd", "agent")).toHaveLength(1);
  });

  it("that falls silent while connected ends all taking from its guest", async () => {
    const scene = await open();
    await scene.until("odd", ({ usedBytes }) => usedBytes !== undefined);
    scene.agent("odd").silence();
    const status = await scene.until("odd", ({ agent }) => !agent.connected);
    expect(status.problem).toMatch(/nothing heard from the agent for \d+ s/);
    await scene.scarcity();
    await scene.until("well", isSqueezed);
    expect(scene.commanded("odd")).toEqual([]);
    expect(scene.status("odd")).toMatchObject({ state: "blind", reason: "hold-agent-lost" });
    await scene.untilTold("odd", /nothing heard from the agent/);
    await scene.agent("odd").live();
    await scene.until("odd", isSqueezed);
    await scene.untilTold("odd", /heard again|is here/);
  });

  it("that falls silent while its guest is squeezed has its guest squeezed no further than its target", async () => {
    const scene = await open({}, { budgetMib: 700 });
    await scene.until("odd", isSqueezed);
    scene.agent("odd").silence();
    await scene.until("odd", ({ reason }) => reason === "hold-agent-lost");
    const told = scene.commanded("odd").at(-1);
    await scene.rounds("odd", 30);
    expect(scene.commanded("odd").at(-1)).toBe(told);
  });

  it("whose channel breaks is named so, and is taken up again", async () => {
    const scene = await open();
    scene.agent("odd").port.drop();
    await scene.untilTold("odd", /agent channel .* ended: QEMU closed it/);
    await scene.agent("odd").live();
    const status = await scene.until("odd", ({ agent }) => agent.connected);
    expect(status.problem).toBeUndefined();
    await scene.expectServed("odd");
  });

  it("that reports the impossible is refused in words, and its figures do not count", async () => {
    const scene = await open({ agent: "mute" });
    const { port } = scene.agent("odd");
    await port.begin();
    port.say({ type: "report", sampledAtMs: 1, totalBytes: 500 * MIB, availableBytes: 600 * MIB });
    const status = await scene.until("odd", ({ problem }) => /refused/.test(problem ?? ""));
    expect(status.problem).toBe(
      "the agent's report is refused: available 600 MiB is more than the total of 500 MiB",
    );
    expect(status.usedBytes).toBeUndefined();
    await scene.untilTold("odd", /report is refused/);
    await scene.expectServed("well");
  });

  it("of an unsupported protocol gets that reason, and its guest is judged by its balloon's statistics", async () => {
    const scene = await open({ qemu: {}, agent: "mute" });
    const { port } = scene.agent("odd");
    await port.host();
    port.hello({ minVersion: 7, maxVersion: 9, agentVersion: "3.0.0" });
    expect(await port.hears("goodbye")).toMatchObject({ reason: "version", minVersion: 1, maxVersion: 1 });
    const status = await scene.until("odd", ({ usedBytes }) => usedBytes !== undefined);
    expect(status.agent.connected).toBe(false);
    expect(status.problem).toMatch(
      /agent 3\.0\.0 .*speaks protocol 7 to 9, this broker 1 to 1: update the older/,
    );
    await scene.untilTold("odd", /speaks protocol 7 to 9/);
    await scene.scarcity();
    await scene.until("odd", isSqueezed);
    expect(scene.view.explain("odd")?.verdict?.source).toBe("balloon-stats");
  });

  it("that uses another session's id is ignored", async () => {
    const scene = await open();
    const before = await scene.until("odd", ({ usedBytes }) => usedBytes !== undefined);
    const message = { type: "demand", level: "critical", needBytes: 64 * MIB } as const;
    scene
      .agent("odd")
      .port.write(encodeFrame(encodeEnvelope({ session: "feedfeedfeedfeed", sequence: 900, message })));
    await scene.agent("odd").port.hears("goodbye");
    expect(scene.events("odd", "demand")).toEqual([]);
    expect(scene.status("odd").targetBytes).toBe(before.targetBytes);
  });
});

describe("a demand", () => {
  const squeeze = async (scene: BrokerScene, name: string) => {
    scene.view.setManual(name, 300 * MIB);
    await vi.waitUntil(() => scene.qemu(name).machine.actualBytes === 300 * MIB, PATIENCE);
    scene.view.setManual(name, "auto");
  };

  it("while the guest's monitor is away is refused in words and charges nothing", async () => {
    const scene = await open({}, { tuning: { holdAfterTurnMs: 60_000 } });
    await squeeze(scene, "odd");
    const { port } = scene.agent("odd");
    await scene.qemu("odd").close();
    await scene.until("odd", ({ state }) => state === "unreachable");
    port.demand(64 * MIB);
    expect(await port.hears("demand-reply")).toMatchObject({ outcome: "refused", grantedBytes: 0 });
    await scene.untilTold("odd", /refused, its QEMU cannot be reached/);
    expect(scene.events("odd", "move").filter((text) => /demand/.test(text))).toEqual([]);
    await scene.expectServed("well");
  });

  it("of a guest whose QEMU was never reached is refused, and harms nothing", async () => {
    const scene = await BrokerScene.open({
      guests: { well: {}, odd: { qemu: { mode: "silent" }, agent: "mute" } },
    });
    const { port } = scene.agent("odd");
    await port.begin();
    port.demand(64 * MIB);
    expect(await port.hears("demand-reply")).toMatchObject({ outcome: "refused" });
    await scene.expectServed("well");
  });

  it("that comes a thousand times neither fills the events nor keeps the broker from its rounds", async () => {
    const scene = await open({}, { policy: { mode: "act" } });
    await scene.until("odd", ({ usedBytes }) => usedBytes !== undefined);
    const { port } = scene.agent("odd");
    // All that it may have it has: each of these is refused.
    const flood = setInterval(() => port.demand(64 * MIB), 10);
    onTestFinished(() => clearInterval(flood));
    await port.hears("demand-reply");
    await scene.rounds("well", 60);
    await scene.expectServed("well");
    expect(scene.events("odd", "demand").length).toBeLessThan(12);
    await scene.untilTold("odd", /and \d+ more of this kind before/);
  });

  it("in mode observe is refused, and nothing at all is moved", async () => {
    const scene = await open({}, { policy: { mode: "observe" }, budgetMib: 700, onStop: "release" });
    await scene.until("odd", ({ reason }) => reason === "observe-only");
    scene.view.setManual("well", 300 * MIB);
    const { port } = scene.agent("odd");
    port.demand(64 * MIB);
    expect(await port.hears("demand-reply")).toMatchObject({ outcome: "refused" });
    await scene.untilTold("odd", /it is only observed/);
    scene.qemu("odd").reset();
    await scene.rounds("well", 20);
    await scene.stop();
    expect([...scene.commanded("odd"), ...scene.commanded("well")]).toEqual([]);
  });
});
