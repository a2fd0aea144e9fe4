/** Proves on real guests that odd ones are named and served as far as they can be, and that a reboot is a new beginning. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MIB } from "../../host/src/model/bytes.ts";
import type { GuestStatus } from "../../host/src/model/status.ts";
import { skipReason } from "../testbed/requirements.ts";
import { Scene } from "../testbed/scene.ts";
import { waitFor } from "../testbed/wait.ts";

const reason = skipReason();
const FULL = 512 * MIB;
const PATIENCE_MS = 90_000;

describe.skipIf(reason !== undefined)(`odd guests (${reason ?? "QEMU"})`, () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.open({
      guests: [
        { name: "talks", noReboot: false, memorySlots: 1 },
        { name: "mute", agent: false, memorySlots: 1 },
        { name: "bare", balloon: false },
      ],
      broker: { budgetMib: 8192, tuning: { holdAfterDemand: "1s", bootProtect: "8s" } },
    });
  });
  afterAll(() => scene?.close());

  const squeezed = ({ actualBytes = FULL }: GuestStatus) => actualBytes <= 222 * MIB;

  it("are each named in the status, with what is known and what is wrong", async () => {
    const { broker } = scene;
    const mute = await broker.until(
      "mute",
      "known by statistics",
      ({ state }) => state === "managed",
      PATIENCE_MS,
    );
    expect(mute.agent.connected).toBe(false);
    expect((await broker.explain("mute")).verdict.source).toBe("balloon-stats");
    await broker.until(
      "mute",
      "known to be silent",
      ({ problem }) => /silent/.test(problem ?? ""),
      PATIENCE_MS,
    );
    const bare = await broker.guest("bare");
    expect(bare).toMatchObject({ state: "inhibited", detail: "no-balloon-device" });
    expect(bare.problem).toMatch(/it has no balloon/);
    const talks = await broker.guest("talks");
    expect(talks).toMatchObject({ state: "managed", agent: { connected: true, transport: "virtio-serial" } });
    expect(talks.problem).toBeUndefined();
  });

  it("keep to themselves what becomes of a container at its own limit: it is killed, and the guest is well", async () => {
    const { broker } = scene;
    const talks = scene.guest("talks");
    const box = "/run/cgroup/box";
    const enter = `mkdir -p /run/cgroup && mount -t cgroup2 none /run/cgroup && echo +memory >/run/cgroup/cgroup.subtree_control`;
    const limit = `mkdir ${box} && echo 32M >${box}/memory.max && echo 0 >${box}/memory.swap.max`;
    const prepared = await talks.run(`${enter} && ${limit} 2>/dev/null; cat ${box}/memory.max`);
    expect(prepared.output.trim()).toBe(String(32 * MIB));
    await talks.run(`sh -c 'echo $$ >${box}/cgroup.procs; exec workload hold --mb 100' >/dev/null 2>&1`);
    expect((await talks.oomKills()).count).toBe(1);
    const before = await broker.guest("talks");
    await broker.until("talks", "heard again", ({ agent }) => (agent.reportAgeMs ?? 0) < 1000, PATIENCE_MS);
    await new Promise((resolve) => setTimeout(resolve, 5000));
    const after = await broker.guest("talks");
    for (const { pressure, oomKills = 0 } of [before, after])
      expect({ pressure, oomKills }).toEqual({ pressure: "none", oomKills: 0 });
  });

  it("leave their neighbours served: one without agent is squeezed by its statistics, one with an agent by its word", async () => {
    const { broker } = scene;
    await broker.hold("mute", 300 * MIB);
    await broker.hold("talks", 220 * MIB);
    await broker.until("mute", "squeezed", ({ actualBytes = FULL }) => actualBytes <= 302 * MIB, PATIENCE_MS);
    await broker.until("talks", "squeezed", squeezed, PATIENCE_MS);
    expect((await scene.guest("mute").oomKills()).count).toBe(0);
    await broker.hold("mute", "auto");
  });

  it("of which another program moves the balloon are left alone, and the program is named", async () => {
    const { broker } = scene;
    const guest = scene.guest("mute");
    await broker.until("mute", "of its full size", ({ actualBytes }) => actualBytes === FULL, PATIENCE_MS);
    // The testbed's own monitor is the other program's.
    await guest.moveBalloon(300 * MIB);
    const isOther = ({ reason }: GuestStatus) => reason === "other-controller";
    const named = await broker.until(
      "mute",
      "named",
      (seen) => isOther(seen) && seen.detail !== undefined,
      PATIENCE_MS,
    );
    expect(named).toMatchObject({
      state: "held",
      detail: expect.stringContaining(`(process ${process.pid})`),
    });
    await guest.moveBalloon(350 * MIB);
    await broker.until(
      "mute",
      "seen there",
      ({ actualBytes = 0 }) => Math.abs(actualBytes - 350 * MIB) <= MIB,
      PATIENCE_MS,
    );
    const sent = (await broker.explain("mute")).moves.length;
    await guest.moveBalloon(300 * MIB);
    await broker.until(
      "mute",
      "left there",
      ({ actualBytes = 0 }) => Math.abs(actualBytes - 300 * MIB) <= MIB,
      PATIENCE_MS,
    );
    expect((await broker.explain("mute")).moves).toHaveLength(sent);
    await broker.hold("mute", "auto");
    await broker.until("mute", "ours again", ({ actualBytes }) => actualBytes === FULL, PATIENCE_MS);
  });

  it("that reboot while squeezed have all of their memory while they boot, and their agent is heard again", async () => {
    const { broker } = scene;
    const guest = scene.guest("talks");
    expect(squeezed(await broker.guest("talks"))).toBe(true);
    await guest.reboot();
    const inside = await guest.meminfo();
    // A kernel that expects memory to be plugged keeps 64 MiB for devices that cannot reach it.
    expect(inside.totalBytes).toBeGreaterThan(380 * MIB);
    const texts = async () =>
      (await broker.events()).filter((event) => event.guest === "talks").map(({ text }) => text);
    await waitFor(
      "the agent of the new boot",
      async () => (await texts()).some((text) => /the guest rebooted/.test(text)),
      {
        timeoutMs: PATIENCE_MS,
      },
    );
    expect(await texts()).toContain("it was reset: a new boot begins");
    await broker.hold("talks", "auto");
    const fresh = await broker.until(
      "talks",
      "known again, with all of its memory",
      ({ state, usedBytes, actualBytes }) =>
        state === "managed" && usedBytes !== undefined && actualBytes === FULL,
      PATIENCE_MS,
    );
    expect(fresh).toMatchObject({ actualBytes: FULL, agent: { connected: true } });
    expect(fresh.problem).toBeUndefined();
    expect((await guest.oomKills()).count).toBe(0);
  });

  it("that rebooted before the broker was started again show their true size", async () => {
    const { broker } = scene;
    await broker.hold("talks", 220 * MIB);
    await broker.until("talks", "squeezed", squeezed, PATIENCE_MS);
    await scene.guest("talks").reboot();
    await broker.kill();
    await broker.restart();
    await broker.hold("talks", "auto");
    const isWell = ({ actualBytes, agent, problem }: GuestStatus) =>
      actualBytes === FULL && agent.connected && problem === undefined;
    await broker.until("talks", "of its true size, without a problem", isWell, PATIENCE_MS);
  });

  it("that get a DIMM are larger at once: their agent is believed, and nothing of it is taken away", async () => {
    const { broker } = scene;
    const names = ["talks", "mute"];
    const known = ({ state, usedBytes }: GuestStatus) => state === "managed" && usedBytes !== undefined;
    const moves = async () =>
      Promise.all(names.map(async (name) => (await broker.explain(name)).moves ?? []));
    const larger = FULL + 256 * MIB;
    for (const name of names) await broker.until(name, "known", known, PATIENCE_MS);
    const movesBefore = await moves();
    for (const name of names) await scene.guest(name).plugMemory(256);
    for (const name of names) {
      await waitFor(
        `${name} to use its new memory`,
        async () => ((await scene.guest(name).meminfo()).totalBytes ?? 0) > FULL + 128 * MIB,
        { timeoutMs: PATIENCE_MS },
      );
      const plugged = await broker.until(name, "larger", ({ maxBytes }) => maxBytes === larger, PATIENCE_MS);
      expect(plugged?.actualBytes).toBe(larger);
    }
    for (const name of names) {
      const rested = await broker.until(name, "balanced again", known, PATIENCE_MS);
      expect(rested).toMatchObject({ maxBytes: larger, actualBytes: larger });
      expect(rested.usedBytes).toBeLessThan(FULL);
    }
    expect(await moves()).toEqual(movesBefore);
    const texts = (await broker.events()).map(({ text }) => text);
    expect(texts.filter((text) => /refused|contradicts/.test(text))).toEqual([]);
  });
});
