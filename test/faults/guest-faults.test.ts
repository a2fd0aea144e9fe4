/** Guests that stop, start and change while memory moves: what is not there is not taken from, and what comes back is served. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, it } from "vitest";
import { FaultScene } from "../fakes/fault-scene.ts";
import { faultSeed } from "../fakes/fault-seed.ts";

/** From the reset to a loaded driver and agent. */
const BOOT_MS = 1_500;

describe("a guest", () => {
  it("that reboots in the middle of a move, again and again", async () => {
    const scene = await FaultScene.open(faultSeed());
    const guest = scene.guest("web1");
    for (let boot = 1; boot <= 4; boot++) {
      await scene.moves(6);
      guest.reboot();
      await sleep(BOOT_MS);
      guest.bootedUp(`boot-${boot + 1}`);
    }
    await scene.expectServed();
    scene.expectKept();
  });

  it("that is paused, and resumed", async () => {
    const scene = await FaultScene.open(faultSeed());
    await scene.moves(6);
    scene.guest("web1").pause();
    await scene.last();
    scene.guest("web1").resume();
    await scene.expectServed();
    scene.expectKept();
  });

  it("that hangs while its QEMU goes on answering", async () => {
    const scene = await FaultScene.open(faultSeed());
    await scene.moves(6);
    scene.guest("web1").pause("running");
    await scene.last();
    scene.guest("web1").resume();
    await scene.expectServed();
    scene.expectKept();
  });

  it("that is powered off in the middle of a move, and on again", async () => {
    const scene = await FaultScene.open(faultSeed());
    const guest = scene.guest("web1");
    await scene.moves(6);
    await guest.powerOff();
    await scene.last();
    await guest.powerOn("boot-2");
    await scene.expectServed();
    scene.expectKept();
  });

  it("that migrates away while memory moves", async () => {
    const scene = await FaultScene.open(faultSeed());
    const guest = scene.guest("web1");
    await scene.moves(6);
    guest.migrate();
    await scene.last();
    await guest.powerOff();
    await scene.expectServed(["web2", "db1", "db2"]);
    scene.expectKept();
  });

  it("whose sockets another guest has taken, one of twice the size", async () => {
    const scene = await FaultScene.open(faultSeed(), { budgetMib: 1800 });
    const guest = scene.guest("web1");
    await scene.moves(6);
    await guest.powerOff();
    await guest.powerOn("another-boot", 1024);
    await scene.moves(6);
    await scene.expectServed();
    scene.expectKept({ taken: 1, given: 0 });
  });
});
