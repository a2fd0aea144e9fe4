import { describe, expect, it } from "vitest";
import { GIB, MIB } from "../../../../../host/src/model/bytes.ts";
import { CLAIRVOYANT } from "../../../../../host/src/simulate/controllers/clairvoyant.ts";
import type { Phase } from "../../../../../host/src/simulate/scenario.ts";
import { aFuture, aPhase, FakeWorldView } from "../../../../fakes/fake-world-view.ts";

function make(phases: Record<string, readonly Phase[]>, hostOwn?: (atMs: number) => number) {
  return CLAIRVOYANT.make({ accounting: "resident", splitBytes: 0, future: aFuture(phases, hostOwn) });
}

/** Two guests of 8 GiB on a host of 12 GiB, each with half of what there is. */
function two(): FakeWorldView {
  const shape = { fullMib: 8192, minMib: 1024, actualMib: 5000 };
  return new FakeWorldView(
    [
      { name: "a", ...shape },
      { name: "b", ...shape },
    ],
    {
      totalBytes: 12 * GIB,
      availableBytes: GIB,
    },
  );
}

function sizeMib(world: FakeWorldView, name: string): number {
  return (world.guests.find((guest) => guest.name === name)?.actualBytes ?? 0) / MIB;
}

function live(world: FakeWorldView, controller: ReturnType<typeof make>, untilMs: number): void {
  for (; world.nowMs <= untilMs; world.nowMs += 100) {
    controller.tick(world);
    world.settle();
  }
}

describe("the clairvoyant", () => {
  it("takes from the idle before a burst comes, and has given it before it is there", () => {
    const world = two();
    const clairvoyant = make({ a: [aPhase(0, 1000)], b: [aPhase(0, 1000), aPhase(60_000, 7000)] });
    live(world, clairvoyant, 30_000);
    expect(sizeMib(world, "b")).toBeLessThan(6000);
    live(world, clairvoyant, 59_000);
    expect(sizeMib(world, "b")).toBeGreaterThan(7128);
    expect(sizeMib(world, "a")).toBeGreaterThan(1128);
  });

  it("never takes what is in use now for what comes later", () => {
    const world = two();
    const clairvoyant = make({
      a: [aPhase(0, 4500), aPhase(62_000, 500)],
      b: [aPhase(0, 500), aPhase(60_000, 7000)],
    });
    live(world, clairvoyant, 59_000);
    expect(sizeMib(world, "a")).toBeGreaterThan(4628);
    live(world, clairvoyant, 62_500);
    expect(sizeMib(world, "b")).toBeGreaterThan(7128);
  });

  it("gives cache that is read later only what programs leave", () => {
    const world = two();
    const clairvoyant = make({ a: [aPhase(0, 1000, 6000)], b: [aPhase(0, 6000)] });
    live(world, clairvoyant, 1_000);
    expect(sizeMib(world, "b")).toBeGreaterThan(6128);
    expect(sizeMib(world, "a")).toBeLessThan(6000);
  });

  it("follows slow growth instead of its end", () => {
    const world = two();
    const leak = [aPhase(0, 500), aPhase(1_000, 7500, 0, 10)];
    const clairvoyant = make({ a: [aPhase(0, 1000, 3500)], b: leak });
    live(world, clairvoyant, 60_000);
    expect(sizeMib(world, "a")).toBeGreaterThan(4628);
  });

  it("makes room for the host's own programs before they need it", () => {
    const world = two();
    const clairvoyant = make({ a: [aPhase(0, 500)], b: [aPhase(0, 500)] }, (atMs) =>
      atMs < 60_000 ? GIB : 6 * GIB,
    );
    live(world, clairvoyant, 30_000);
    expect(sizeMib(world, "a") + sizeMib(world, "b")).toBeGreaterThan(10_000);
    live(world, clairvoyant, 59_000);
    expect(sizeMib(world, "a") + sizeMib(world, "b")).toBeLessThan(6 * 1024);
  });

  it("gives full sizes where the host has room, and never goes below a guarantee", () => {
    const world = two();
    world.host = { ...world.host, totalBytes: 64 * GIB, availableBytes: 50 * GIB };
    live(world, make({ a: [aPhase(0, 10)], b: [aPhase(0, 10)] }), 1_000);
    expect(sizeMib(world, "a")).toBe(8192);
    world.host = { ...world.host, totalBytes: 4 * GIB, availableBytes: 0 };
    live(world, make({ a: [aPhase(0, 10)], b: [aPhase(0, 8000)] }), 2_000);
    expect(sizeMib(world, "a")).toBeGreaterThanOrEqual(1024);
  });

  it("works around a balloon that does not move", () => {
    const world = two();
    const clairvoyant = make({ a: [aPhase(0, 500)], b: [aPhase(0, 500), aPhase(30_000, 7000)] });
    for (; world.nowMs < 30_000; world.nowMs += 100) {
      clairvoyant.tick(world);
      world.settle(["a"]);
    }
    expect(sizeMib(world, "a")).toBe(5000);
    expect(sizeMib(world, "b")).toBeGreaterThan(5000);
  });
});
