import { describe, expect, it } from "vitest";
import { GIB, MIB } from "../../../../../host/src/model/bytes.ts";
import { Balloon } from "../../../../../host/src/simulate/guest/balloon.ts";
import { Kernel } from "../../../../../host/src/simulate/guest/kernel.ts";
import { WORKING } from "../../../../../host/src/simulate/scenarios/scenario-builder.ts";
import { aPlan } from "../../../../fakes/guest-plans.ts";

const FULL_BYTES = 8 * GIB;

interface Setup {
  readonly kind?: "working" | "stuck" | "missing";
  readonly os?: "linux" | "windows";
  readonly balloonBytes?: number;
  readonly anonBytes?: number;
}

function setUp({ kind = "working", os = "linux", balloonBytes = 0, anonBytes = 0 }: Setup = {}) {
  const kernel = new Kernel(aPlan({ fullBytes: FULL_BYTES, os }));
  Object.assign(kernel, { balloonBytes, anonBytes });
  const balloon = new Balloon({ ...WORKING, kind }, os, FULL_BYTES);
  /** Lets time pass in steps of 10 ms. */
  const pass = (fromMs: number, toMs: number) => {
    for (let nowMs = fromMs + 10; nowMs <= toMs; nowMs += 10) balloon.advance(kernel, nowMs, 10);
  };
  return { kernel, balloon, pass };
}

describe("a working driver", () => {
  it("takes 0.9 GiB a second", () => {
    const { kernel, balloon, pass } = setUp();
    balloon.targetBytes = GIB;
    pass(0, 1000);
    expect(kernel.balloonBytes / GIB).toBeCloseTo(0.9, 2);
  });

  it("gives 2.1 GiB back a second", () => {
    const { kernel, pass } = setUp({ balloonBytes: 5 * GIB });
    pass(0, 1000);
    expect(kernel.balloonBytes / GIB).toBeCloseTo(2.9, 2);
  });

  it("stops at its target, from both sides", () => {
    const { kernel, balloon, pass } = setUp({ balloonBytes: GIB });
    balloon.targetBytes = FULL_BYTES - GIB / 2;
    pass(0, 2000);
    expect(kernel.balloonBytes).toBeCloseTo(GIB / 2, 3);
    balloon.targetBytes = FULL_BYTES - GIB;
    expect(balloon.isMoving(kernel)).toBe(true);
    pass(2000, 4000);
    expect(kernel.balloonBytes).toBeCloseTo(GIB, 3);
    expect(balloon.isMoving(kernel)).toBe(false);
  });

  it("sleeps 200 ms when there is no page to take, and takes what is there then", () => {
    const { kernel, balloon, pass } = setUp({ anonBytes: 7 * GIB });
    balloon.targetBytes = GIB;
    pass(0, 2000);
    const takenBytes = kernel.balloonBytes;
    expect(kernel.freeBytes).toBeCloseTo(kernel.watermarkBytes, 0);
    balloon.advance(kernel, 2200, 10);
    kernel.anonBytes -= GIB;
    pass(2200, 2390);
    expect(kernel.balloonBytes).toBe(takenBytes);
    pass(2390, 2420);
    expect(kernel.balloonBytes).toBeGreaterThan(takenBytes);
  });

  it("does not take a remainder of arithmetic for a failure", () => {
    const { kernel, balloon, pass } = setUp({ anonBytes: 0.1 });
    Object.assign(kernel, { coldBytes: kernel.freeBytes - kernel.watermarkBytes - 0.7 });
    balloon.targetBytes = FULL_BYTES - GIB;
    pass(0, 1000);
    expect(kernel.balloonBytes / GIB).toBeCloseTo(0.9, 2);
  });

  it("tells whether memory is on its way to the guest", () => {
    const { kernel, balloon } = setUp({ balloonBytes: GIB });
    expect(balloon.isReturning(kernel)).toBe(true);
    balloon.targetBytes = GIB;
    expect(balloon.isReturning(kernel)).toBe(false);
  });
});

describe("Windows' driver", () => {
  it("leaves 64 MiB available", () => {
    const { kernel, balloon, pass } = setUp({ os: "windows", anonBytes: 5 * GIB });
    balloon.targetBytes = GIB;
    pass(0, 5000);
    expect(kernel.availableBytes / MIB).toBeCloseTo(64, 0);
  });
});

describe("a driver that does not work", () => {
  it("moves nothing, either way, and returns nothing", () => {
    for (const kind of ["stuck", "missing"] as const) {
      const { kernel, balloon, pass } = setUp({ kind, balloonBytes: GIB });
      expect(balloon.isReturning(kernel)).toBe(false);
      pass(0, 1000);
      balloon.targetBytes = GIB;
      pass(1000, 2000);
      expect(kernel.balloonBytes).toBe(GIB);
    }
  });

  it("answers all the same when it is only stuck", () => {
    expect(setUp({ kind: "stuck" }).balloon.answers).toBe(true);
    expect(setUp({ kind: "missing" }).balloon.answers).toBe(false);
  });
});
