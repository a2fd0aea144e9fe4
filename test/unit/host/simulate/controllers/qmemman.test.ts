import { describe, expect, it } from "vitest";
import { MIB } from "../../../../../host/src/model/bytes.ts";
import {
  preferredBytes,
  QMEMMAN,
  qmemmanTargets,
  usedBytesOf,
} from "../../../../../host/src/simulate/controllers/qmemman.ts";
import { aFuture, aView, FakeWorldView } from "../../../../fakes/fake-world-view.ts";

const SETUP = { accounting: "resident", splitBytes: 0, future: aFuture({}) } as const;

function guest(name: string, actualMib: number, usedMib: number, minMib = 100) {
  return {
    name,
    minBytes: minMib * MIB,
    maxBytes: 8192 * MIB,
    actualBytes: actualMib * MIB,
    usedBytes: usedMib * MIB,
  };
}

function targets(freeMib: number, guests: readonly ReturnType<typeof guest>[]): Record<string, number> {
  const found = [...qmemmanTargets(freeMib * MIB, guests)];
  return Object.fromEntries(found.map(([name, bytes]) => [name, Math.round(bytes / MIB)]));
}

describe("qmemman's rule", () => {
  it("prefers 1.3 × used within 200 MiB, the guarantee and the maximum", () => {
    expect(preferredBytes(guest("a", 0, 1000))).toBe(1300 * MIB);
    expect(preferredBytes(guest("a", 0, 50))).toBe(200 * MIB);
    expect(preferredBytes(guest("a", 0, 50, 512))).toBe(512 * MIB);
    expect(preferredBytes(guest("a", 0, 8000))).toBe(8192 * MIB);
  });

  it("shares out what is over in proportion to what guests prefer", () => {
    const found = targets(50 + 3900, [guest("a", 1300, 1000), guest("b", 2600, 2000)]);
    expect(found).toEqual({ a: Math.round(0.999 * 2600), b: Math.round(0.999 * 5200) });
  });

  it("hands on what one guest cannot take", () => {
    const found = targets(50 + 8000, [guest("a", 1300, 1000), guest("b", 7800, 6000)]);
    expect(found["b"]).toBe(Math.round(0.999 * 8192));
    expect(found["a"]).toBeGreaterThan(8000);
  });

  it("takes down to the preference, never used memory, and gives in proportion when there is not enough", () => {
    const found = targets(50, [guest("donor", 3000, 2000), guest("a", 1000, 1000), guest("b", 2000, 2000)]);
    expect(found["donor"]).toBe(2600);
    expect(found["a"]).toBe(1000 + 133);
    expect(found["b"]).toBe(2000 + 267);
  });

  it("does nothing for small change", () => {
    expect(targets(60, [guest("a", 1300, 1000), guest("b", 1310, 1000)])).toEqual({});
  });
});

describe("what a guest uses", () => {
  it("is neither free nor cache on Linux", () => {
    const view = aView({ name: "a", fullMib: 4096, freeMib: 1000, cacheMib: 2000 });
    expect(usedBytesOf(view)).toBe(1096 * MIB);
  });

  it("is what is not available on Windows", () => {
    const view = aView({ name: "a", os: "windows", fullMib: 4096, freeMib: 3000, cacheMib: 2000 });
    expect(usedBytesOf(view)).toBe(1096 * MIB);
  });

  it("is unknown while neither driver nor agent has reported", () => {
    expect(usedBytesOf(aView({ name: "a", hasDriver: false }))).toBeUndefined();
  });

  it("follows the agent's figures, with what is swapped out", () => {
    const report = {
      receivedAtMs: 0,
      bootId: "1",
      sampledAtMs: 0,
      pressure: "none",
      totalBytes: 4096 * MIB,
      availableBytes: 1000 * MIB,
      freeBytes: 96 * MIB,
      cacheBytes: 1000 * MIB,
      swapTotalBytes: 1000 * MIB,
      swapFreeBytes: 500 * MIB,
    } as const;
    expect(usedBytesOf(aView({ name: "a", report }))).toBe(3500 * MIB);
  });
});

describe("the qmemman controller", () => {
  const donor = { name: "donor", fullMib: 8192, minMib: 512, actualMib: 6000, freeMib: 4000 };
  const needy = { name: "needy", fullMib: 8192, minMib: 512, actualMib: 3000, freeMib: 100 };
  /** 1200 MiB free, less 0.3 × the host's own 12,000 and 400: 2800 MiB are missing. */
  const host = { totalBytes: 22_200 * MIB, availableBytes: 1200 * MIB };

  it("takes from donors first and gives only what has arrived", () => {
    const world = new FakeWorldView([needy, donor], host);
    const qmemman = QMEMMAN.make(SETUP);
    expect(qmemman.tick(world)).toBe(100);
    expect(world.take()).toEqual({ donor: 2600 });
    world.settle();
    world.nowMs = 100;
    qmemman.tick(world);
    // 3400 MiB came, 2800 of them were missing.
    expect(world.take()).toEqual({ needy: 3600 });
  });

  it("leaves out a donor without progress for 3 s", () => {
    const world = new FakeWorldView([needy, donor], host);
    const qmemman = QMEMMAN.make(SETUP);
    for (world.nowMs = 0; world.nowMs <= 4_000; world.nowMs += 100) qmemman.tick(world);
    world.take();
    // Its agent says that it uses more: no command comes of it.
    world.guests = world.guests.map((view) =>
      view.name === "donor" && view.stats
        ? { ...view, stats: { ...view.stats, freeBytes: 3000 * MIB } }
        : view,
    );
    qmemman.tick(world);
    expect(world.take()).toEqual({});
  });

  it.each([
    ["does not hear of changes below 30 MB", 28, {}],
    ["hears of changes above 30 MB", 50, { donor: 2535 }],
  ])("%s", (_, lessMib, commands) => {
    const world = new FakeWorldView([needy, donor], host);
    const qmemman = QMEMMAN.make(SETUP);
    qmemman.tick(world);
    world.take();
    const freeBytes = (4000 + lessMib) * MIB;
    world.guests = world.guests.map((view) =>
      view.name === "donor" && view.stats ? { ...view, stats: { ...view.stats, freeBytes } } : view,
    );
    qmemman.tick(world);
    expect(world.take()).toEqual(commands);
  });
});
