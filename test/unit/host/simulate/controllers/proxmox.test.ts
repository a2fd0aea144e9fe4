import { describe, expect, it } from "vitest";
import { GIB } from "../../../../../host/src/model/bytes.ts";
import { PROXMOX } from "../../../../../host/src/simulate/controllers/proxmox.ts";
import { aFuture, FakeWorldView } from "../../../../fakes/fake-world-view.ts";

const SETUP = { accounting: "resident", splitBytes: 0, future: aFuture({}) } as const;

describe("the Proxmox controller", () => {
  it("takes 144 cycles of 10 s from 2 to 16 GiB", () => {
    const shape = { name: "a", fullMib: 16_384, minMib: 2048, actualMib: 2048, freeMib: 10 };
    const world = new FakeWorldView([shape], { totalBytes: 100 * GIB, availableBytes: 90 * GIB });
    const proxmox = PROXMOX.make(SETUP);
    let cycles = 0;
    while ((world.guests[0]?.actualBytes ?? 0) < 16 * GIB && cycles < 1000) {
      expect(proxmox.tick(world)).toBe(10_000);
      world.settle();
      cycles += 1;
    }
    expect(cycles).toBe(144);
  });

  it("starts a guest at its minimum", () => {
    const world = new FakeWorldView([{ name: "a", minMib: 512 }]);
    PROXMOX.make(SETUP).booted?.(world, "a");
    expect(world.take()).toEqual({ a: 512 });
  });

  it("skips a guest whose driver does not answer", () => {
    const world = new FakeWorldView([{ name: "a", actualMib: 2048, hasDriver: false }], {
      availableBytes: 30 * GIB,
    });
    PROXMOX.make(SETUP).tick(world);
    expect(world.take()).toEqual({});
  });

  it("counts ZFS's cache as used", () => {
    const world = new FakeWorldView([{ name: "a", freeMib: 3000 }], {
      availableBytes: GIB,
      arcBytes: 20 * GIB,
    });
    PROXMOX.make(SETUP).tick(world);
    expect(world.take()).toEqual({ a: 3996 });
  });
});
