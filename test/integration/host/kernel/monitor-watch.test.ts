import { mkdirSync, symlinkSync, utimesSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createMonitorWatch } from "../../../../host/src/kernel/monitor-watch.ts";
import { obstacleOf, START_REST_MS } from "../../../../host/src/qmp/lease/sight.ts";
import { startRealQemu, whyNoQemu } from "../../../fakes/real-qemu.ts";
import { socketFolder } from "../../../fakes/socket-folder.ts";

const PATIENCE_MS = 10_000;

/** A listening socket that accepts at once. */
async function listen(path: string): Promise<void> {
  const server = net.createServer((socket) => void socket.on("error", () => socket.destroy()));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => void server.close());
}

async function connect(path: string): Promise<net.Socket> {
  const socket = net.connect(path);
  await new Promise((resolve) => socket.once("connect", resolve));
  onTestFinished(() => void socket.destroy());
  return socket;
}

describe("the watch over monitors", () => {
  it("sees one that is free, under the name that the admin gave it", async () => {
    const folder = socketFolder();
    mkdirSync(join(folder, "run"));
    symlinkSync("run", join(folder, "var"));
    await listen(join(folder, "run/100.qmp"));
    const watch = createMonitorWatch({});
    const [direct, linked] = await Promise.all(
      ["run/100.qmp", "var/100.qmp"].map((name) => watch(join(folder, name))),
    );
    expect(direct).toEqual({
      queue: { listener: expect.stringMatching(/^\d+$/), holders: 0, waiters: 0 },
      ageMs: expect.any(Number),
    });
    expect(linked?.queue).toEqual(direct?.queue);
  });

  it("sees nothing where there is nothing", async () => {
    expect(await createMonitorWatch({})(join(socketFolder(), "none"))).toEqual({
      queue: { holders: 0, waiters: 0 },
    });
  });

  it("takes a QEMU for started when its socket is old, or has been seen for long, whatever the wall clock says", async () => {
    const path = join(socketFolder(), "100.qmp");
    await listen(path);
    const watch = createMonitorWatch({});
    expect(obstacleOf(await watch(path))).toBe("starting");
    const longAgo = new Date(Date.now() - 2 * START_REST_MS);
    utimesSync(path, longAgo, longAgo);
    expect(obstacleOf(await watch(path))).toBeUndefined();
    const inAnHour = new Date(Date.now() + 3_600_000);
    utimesSync(path, inAnHour, inAnHour);
    const now = vi.spyOn(performance, "now").mockReturnValue(performance.now() + START_REST_MS);
    onTestFinished(() => now.mockRestore());
    expect(obstacleOf(await watch(path))).toBeUndefined();
  });

  it("sees a client that came since the last look", async () => {
    const folder = socketFolder();
    const paths = ["a", "b", "c"].map((name) => join(folder, name));
    for (const path of paths) await listen(path);
    const watch = createMonitorWatch({ mainThread: () => "S" });
    const before = Promise.all(paths.map((path) => watch(path)));
    await connect(paths[0] ?? "");
    await before;
    const held = await vi.waitUntil(async () => {
      const { queue } = await watch(paths[0] ?? "");
      return queue.holders === 1 && queue;
    }, PATIENCE_MS);
    expect(held.waiters).toBe(0);
  });

  it.skipIf(whyNoQemu() !== undefined)(
    "sees the client of a real QEMU, those that wait, and the place of one that gave up",
    async () => {
      const path = join(socketFolder(), "100.qmp");
      await startRealQemu(path, ["-machine", "none"]);
      const watch = createMonitorWatch({});
      const queueOf = async () => {
        const { holders, waiters } = (await watch(path)).queue;
        return [holders, waiters];
      };
      const first = await connect(path);
      await new Promise((resolve) => first.once("data", resolve));
      expect(await queueOf()).toEqual([1, 0]);
      const second = await connect(path);
      expect(await queueOf()).toEqual([1, 1]);
      second.destroy();
      await new Promise((resolve) => second.once("close", resolve));
      expect(await queueOf()).toEqual([1, 1]);
      first.destroy();
      await vi.waitUntil(async () => (await queueOf()).every((count) => count === 0), PATIENCE_MS);
    },
  );
});
