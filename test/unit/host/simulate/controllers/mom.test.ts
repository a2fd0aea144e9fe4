import { describe, expect, it } from "vitest";
import { GIB, MIB } from "../../../../../host/src/model/bytes.ts";
import { MOM, type MomGuest, momTargets } from "../../../../../host/src/simulate/controllers/mom.ts";
import { aFuture, FakeWorldView } from "../../../../fakes/fake-world-view.ts";

const SETUP = { accounting: "resident", splitBytes: 0, future: aFuture({}) } as const;

function guest(actualMib: number, freeMib: number): MomGuest {
  const actualBytes = actualMib * MIB;
  return {
    name: "a",
    minBytes: GIB,
    maxBytes: 16 * GIB,
    actualBytes,
    averageActualBytes: actualBytes,
    averageFreeBytes: freeMib * MIB,
  };
}

/** Change of size in MiB; absent: none. */
function change(hostFreeShare: number, of: MomGuest): number | undefined {
  const target = momTargets(hostFreeShare, [of]).get("a");
  return target === undefined ? undefined : Math.floor((target - of.actualBytes) / MIB);
}

/** Hosts of 100 GiB with a share of it free. */
function worldWith(freeShare: number, actualMib: number, freeMib: number): FakeWorldView {
  return new FakeWorldView([{ name: "a", fullMib: 16_384, actualMib, freeMib }], {
    totalBytes: 100 * GIB,
    availableBytes: 100 * GIB * freeShare,
  });
}

describe("MOM's rule", () => {
  it("gives a starved guest nothing at 19 % of free host memory and 779 MiB at 21 %", () => {
    expect(change(0.19, guest(4096, 40))).toBeUndefined();
    // 0.2 × 4096 - 40 MiB = 779.2 MiB, which MOM tells as 778 after rounding in kilobytes.
    expect(change(0.21, guest(4096, 40))).toBe(779);
  });

  it("leaves 12 GiB of page cache alone until the host is below 5 %", () => {
    const cached = guest(16_384, 300);
    expect(change(0.1, cached)).toBeUndefined();
    expect(change(0.04, cached)).toBeLessThan(-450);
    expect(change(0.005, cached)).toBe(-820);
  });

  it("takes no more than 5 % at a time, and nothing below the minimum", () => {
    expect(change(0.1, guest(10_000, 9000))).toBe(-500);
    expect(change(0.1, guest(1030, 1030))).toBe(-6);
  });

  it("gives at least 5 %, and nothing beyond the maximum", () => {
    expect(change(0.5, guest(4000, 4000))).toBe(200);
    expect(change(0.5, guest(16_000, 4000))).toBe(384);
    expect(change(0.5, guest(16_384, 0))).toBeUndefined();
  });
});

describe("the MOM controller", () => {
  it("applies its rules every 10 s and takes 43 cycles from 2 to 16 GiB", () => {
    const world = worldWith(0.9, 2048, 2048);
    const mom = MOM.make(SETUP);
    let ms = 0;
    let cycles = 0;
    while ((world.guests[0]?.actualBytes ?? 0) < 16 * GIB && ms < 1e6) {
      ms += mom.tick(world);
      if (Object.keys(world.take()).length > 0) cycles += 1;
      const [one] = world.guests;
      if (one !== undefined) {
        const actualBytes = one.targetBytes ?? one.actualBytes;
        world.guests = [{ ...one, actualBytes, stats: { freeBytes: actualBytes, updatedAtMs: ms } }];
      }
    }
    expect(cycles).toBe(43);
    expect(ms).toBe(430_000);
  });

  it("goes by the average of its last ten samples", () => {
    const world = worldWith(0.9, 4096, 2000);
    const mom = MOM.make(SETUP);
    for (let tick = 0; tick < 10; tick++) mom.tick(world);
    world.take();
    world.host = { ...world.host, availableBytes: GIB };
    for (let tick = 0; tick < 6; tick++) mom.tick(world);
    // Six samples of 1 % and four of 90 % are still 36.6 %.
    expect(world.take()["a"]).toBeGreaterThan(4096);
    for (let tick = 0; tick < 4; tick++) mom.tick(world);
    expect(world.take()["a"]).toBeLessThan(4096);
  });

  it("skips a guest without statistics", () => {
    const world = new FakeWorldView([{ name: "a", actualMib: 2048, hasDriver: false }], {
      availableBytes: 30 * GIB,
    });
    const mom = MOM.make(SETUP);
    mom.tick(world);
    mom.tick(world);
    expect(world.take()).toEqual({});
  });
});
