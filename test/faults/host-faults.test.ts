/** A host that fails its broker: frozen, without disk, files or memory, on a clock that jumps. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { MIB } from "../../host/src/model/bytes.ts";
import { FaultScene } from "../fakes/fault-scene.ts";
import { faultSeed } from "../fakes/fault-seed.ts";
import { socketFolder } from "../fakes/socket-folder.ts";

const isRoot = process.getuid?.() === 0;
const PATIENCE = { timeout: 30_000, interval: 50 };
/** A minute of a broker with usual settings is 7.5 times as long as news count (`staleAfter` 8 s); here they count for 1 s. */
const FROZEN_MS = 7_500;
const JUMPING_CLOCK = fileURLToPath(new URL("../fakes/jumping-clock.mjs", import.meta.url));
const MOST_FILES = 1024;
const FEW_FILES = 8;

describe("a broker", () => {
  it("that stands still for as long as a minute, while its guests fill what they have", async () => {
    const scene = await FaultScene.open(faultSeed());
    await scene.moves(6);
    scene.freezeBroker();
    for (const { name, machine } of scene.guests) scene.keep(name, machine.actualBytes / MIB - 20);
    await sleep(FROZEN_MS);
    scene.thawBroker();
    await scene.moves(2);
    for (const { name } of scene.guests) scene.letGo(name);
    await scene.expectServed();
    scene.expectKept();
  });

  it("whose clock jumps a day ahead and two days back in the middle of moves", async () => {
    const scene = await FaultScene.open(faultSeed(), { nodeFlags: ["--import", JUMPING_CLOCK] });
    for (let jump = 0; jump < 4; jump++) {
      await scene.moves(6);
      scene.broker.signal("SIGUSR1");
    }
    await scene.expectServed();
    const events = await scene.broker.events();
    expect(Math.max(...events.map(({ atMs }) => atMs))).toBeGreaterThan(Date.now() + 12 * 3_600_000);
    scene.expectKept();
  });

  it("that runs out of file handles while its connections break", async () => {
    const scene = await FaultScene.open(faultSeed());
    await scene.moves(6);
    const limit = (files: number) =>
      execFileSync("prlimit", ["--pid", String(scene.broker.pid), `--nofile=${files}:${MOST_FILES}`]);
    // Not one more, whatever is closed.
    limit(FEW_FILES);
    for (const guest of scene.guests) guest.loseMonitor(() => guest.qemu.hangUp());
    await scene.pass();
    expect(scene.guests.map(({ qemu }) => qemu.clientCount)).toEqual(scene.guests.map(() => 0));
    limit(MOST_FILES);
    for (const guest of scene.guests) guest.monitorBack(() => {});
    await scene.moves(6);
    await scene.expectServed();
    scene.expectKept();
  });

  it.skipIf(!isRoot)(
    "whose disk becomes full and read-only, and that is killed then (needs root)",
    async () => {
      const scene = await FaultScene.open(faultSeed());
      const state = join(scene.folder, "state");
      await scene.killBroker();
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", state]);
      onTestFinished(() => void execFileSync("umount", ["-l", state]));
      await scene.startBroker();
      await scene.moves(6);
      expect(() => writeFileSync(join(state, "filler"), Buffer.alloc(2 * MIB))).toThrow(/ENOSPC/);
      await scene.moves(20);
      await scene.killBroker();
      execFileSync("mount", ["-o", "remount,ro", state]);
      await scene.startBroker();
      await scene.moves(20);
      await scene.expectServed();
      scene.expectKept();
    },
  );

  it.skipIf(!isRoot)("whose host loses its memory at once promises none of it (needs root)", async () => {
    const folder = socketFolder();
    const meminfo = join(folder, "meminfo");
    mkdirSync(folder, { recursive: true });
    const real = readFileSync("/proc/meminfo", "utf8");
    const tell = (availableMib: number) =>
      writeFileSync(meminfo, real.replace(/^MemAvailable: .*$/m, `MemAvailable: ${availableMib * 1024} kB`));
    tell(8000);
    const within = [
      "unshare",
      "--mount",
      "sh",
      "-c",
      `mount --bind ${meminfo} /proc/meminfo && exec "$0" "$@"`,
    ];
    const scene = await FaultScene.open(faultSeed(), { within });
    await scene.moves(6);
    tell(40);
    await vi.waitUntil(async () => (await scene.broker.status()).host.regime === "critical", PATIENCE);
    scene.budget(scene.promisedBytes());
    await scene.last();
    expect((await scene.broker.status()).host.availableBytes).toBe(40 * MIB);
    tell(8000);
    scene.budget();
    await scene.expectServed();
    scene.expectKept();
  });
});
