import { describe, expect, it } from "vitest";
import { GIB, MIB } from "../../../../../host/src/model/bytes.ts";
import { SQUEEZED, squeezedTargets } from "../../../../../host/src/simulate/controllers/squeezed.ts";
import { aFuture, FakeWorldView } from "../../../../fakes/fake-world-view.ts";

const SETUP = { accounting: "resident", splitBytes: 0, future: aFuture({}) } as const;

function guest(name: string, minMib: number, maxMib: number, actualMib: number) {
  return { name, minBytes: minMib * MIB, maxBytes: maxMib * MIB, actualBytes: actualMib * MIB };
}

describe("squeezed's rule", () => {
  it("gives every guest the same fraction of its range", () => {
    const guests = [guest("a", 1000, 5000, 1000), guest("b", 500, 2500, 2500)];
    // 1000 free and 2000 above the minima, less 0 for the host: half of the ranges of 6000.
    const targets = squeezedTargets(1000 * MIB, 0, guests);
    expect(targets.get("a")).toBe(3000 * MIB);
    expect(targets.get("b")).toBe(1500 * MIB);
  });

  it("goes to the maxima where there is plenty and to the minima where there is nothing", () => {
    const guests = [guest("a", 1000, 5000, 2000)];
    expect(squeezedTargets(100 * GIB, GIB, guests).get("a")).toBe(5000 * MIB);
    expect(squeezedTargets(-100 * GIB, GIB, guests).get("a")).toBe(1000 * MIB);
  });

  it("leaves the host its target", () => {
    const targets = squeezedTargets(2000 * MIB, 500 * MIB, [guest("a", 0, 5000, 1000)]);
    expect(targets.get("a")).toBe(2500 * MIB);
  });
});

describe("the squeezed controller", () => {
  const shapes = [
    { name: "a", fullMib: 8192, minMib: 1024, actualMib: 8192 },
    { name: "b", fullMib: 8192, minMib: 1024, actualMib: 1024 },
  ];
  const host = { totalBytes: 10 * GIB, availableBytes: 0.5 * GIB };

  it("shrinks first and grows when that is done, until the host's free memory is at its target", () => {
    const world = new FakeWorldView(shapes, host);
    const squeezed = SQUEEZED.make(SETUP);
    expect(squeezed.tick(world)).toBe(1_000);
    expect(world.take()).toEqual({ a: 4608 });
    world.settle();
    squeezed.tick(world);
    expect(world.take()).toEqual({ b: 4608 });
    world.settle();
    expect(squeezed.tick(world)).toBe(10_000);
    expect(world.take()).toEqual({});
    expect(world.host.availableBytes).toBe(0.5 * GIB);
  });

  it("leaves out a guest without progress for 5 s, and lets the others pick up the slack", () => {
    const world = new FakeWorldView([...shapes, { ...shapes[0], name: "stuck" }], {
      totalBytes: 18 * GIB,
      availableBytes: 0.9 * GIB,
    });
    const squeezed = SQUEEZED.make(SETUP);
    squeezed.tick(world);
    expect(world.take()).toEqual({ a: 5803, stuck: 5803 });
    world.settle(["stuck"]);
    world.nowMs = 4_000;
    squeezed.tick(world);
    expect(world.take()).toEqual({});
    world.nowMs = 6_000;
    squeezed.tick(world);
    // Half of the range for each of the two that obey.
    expect(world.take()).toEqual({ a: 4608 });
    world.settle(["stuck"]);
    squeezed.tick(world);
    expect(world.take()).toEqual({ b: 4608 });
  });

  it("counts what guests may still draw as theirs", () => {
    const roomy = { ...host, availableBytes: 8 * GIB };
    const drawn = new FakeWorldView([{ ...shapes[0], name: "a", residentMib: 512 }], roomy);
    SQUEEZED.make(SETUP).tick(drawn);
    // 8 GiB free, of which the guest may draw 7.5: it keeps what it has in all but name.
    expect(drawn.take()).toEqual({});
    const short = new FakeWorldView([{ ...shapes[0], name: "a", residentMib: 512 }], {
      ...host,
      availableBytes: 6 * GIB,
    });
    SQUEEZED.make(SETUP).tick(short);
    expect(short.take()["a"]).toBe(6144);
  });
});
