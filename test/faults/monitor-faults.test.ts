/** QEMU monitors that fail in the middle of what they are told: others are served on, and nothing is taken on a guess. */
import { chmodSync, renameSync } from "node:fs";
import { describe, it } from "vitest";
import type { FakeMode } from "../fakes/fake-qemu.ts";
import { FaultScene } from "../fakes/fault-scene.ts";
import { faultSeed } from "../fakes/fault-seed.ts";

const isRoot = process.getuid?.() === 0;
/** Root opens what it may not; a broker without this capability does not. */
const WITHOUT_POWER = ["setpriv", "--inh-caps", "-all", "--bounding-set", "-all"];

describe("a monitor", () => {
  const MODES: readonly FakeMode[] = ["silent", "cut", "garbled", "slow"];

  it.each(MODES)("that becomes %s in mid-command, and recovers", async (mode) => {
    const scene = await FaultScene.open(faultSeed());
    const guest = scene.guest("web1");
    await scene.moves(6);
    guest.loseMonitor(() => guest.qemu.setMode(mode));
    await scene.last();
    guest.monitorBack(() => guest.qemu.setMode("normal"));
    await scene.expectServed();
    scene.expectKept();
  });

  it("whose socket is removed, and is there again", async () => {
    const scene = await FaultScene.open(faultSeed());
    const guest = scene.guest("web1");
    await scene.moves(6);
    guest.loseMonitor(() => {
      renameSync(guest.qmpPath, `${guest.qmpPath}.away`);
      guest.qemu.hangUp();
    });
    await scene.last();
    guest.monitorBack(() => renameSync(`${guest.qmpPath}.away`, guest.qmpPath));
    await scene.expectServed();
    scene.expectKept();
  });

  it.skipIf(!isRoot)("whose permission is taken, and given again (needs root)", async () => {
    const scene = await FaultScene.open(faultSeed(), { within: WITHOUT_POWER });
    const guest = scene.guest("web1");
    await scene.moves(6);
    guest.loseMonitor(() => {
      chmodSync(guest.qmpPath, 0o000);
      guest.qemu.hangUp();
    });
    await scene.last();
    guest.monitorBack(() => chmodSync(guest.qmpPath, 0o600));
    await scene.expectServed();
    scene.expectKept();
  });

  it("whose socket is exchanged with another guest's moves neither on the other's word", async () => {
    const scene = await FaultScene.open(faultSeed());
    const [one, other] = [scene.guest("web1"), scene.guest("db1")];
    await scene.moves(6);
    const exchange = () => {
      renameSync(one.qmpPath, `${one.qmpPath}.away`);
      renameSync(other.qmpPath, one.qmpPath);
      renameSync(`${one.qmpPath}.away`, other.qmpPath);
      for (const { qemu } of [one, other]) qemu.hangUp();
    };
    for (const guest of [one, other]) guest.loseMonitor(() => {});
    exchange();
    await scene.last();
    for (const guest of [one, other]) guest.monitorBack(() => {});
    exchange();
    await scene.expectServed();
    scene.expectKept();
  });
});
