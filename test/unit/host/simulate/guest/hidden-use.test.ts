import { describe, expect, it } from "vitest";
import { GIB, MIB } from "../../../../../host/src/model/bytes.ts";
import { Balloon } from "../../../../../host/src/simulate/guest/balloon.ts";
import { Guest } from "../../../../../host/src/simulate/guest/guest.ts";
import { Kernel } from "../../../../../host/src/simulate/guest/kernel.ts";
import { WORKING } from "../../../../../host/src/simulate/scenarios/scenario-builder.ts";
import { aPlan } from "../../../../fakes/guest-plans.ts";

describe("a pool of huge pages", () => {
  it("is used as soon as it is set up, and held by the host only when it is touched", () => {
    const plain = new Kernel(aPlan());
    const pooled = new Kernel(aPlan({ reservedBytes: 300 * MIB }));
    expect(plain.availableBytes - pooled.availableBytes).toBe(300 * MIB);
    const guest = new Guest(aPlan({ reservedBytes: 300 * MIB }));
    guest.settle(GIB);
    guest.advance(60_000);
    expect(guest.resident.bytes).toBeLessThan(500 * MIB);
  });
});

describe("a balloon that finds no free memory", () => {
  const takes = (os: "linux" | "windows") => {
    const kernel = new Kernel(aPlan({ swapBytes: GIB }));
    kernel.anonBytes = kernel.freeBytes - kernel.watermarkBytes;
    const balloon = new Balloon(WORKING, os, kernel.fullBytes);
    balloon.targetBytes = 512 * MIB;
    balloon.advance(kernel, 1_000, 1_000);
    return { balloonBytes: kernel.balloonBytes, ...kernel.counters };
  };

  it("pushes programs into swap, no faster than its disk", () => {
    const { balloonBytes, swapOutPages } = takes("linux");
    expect(balloonBytes).toBe(150 * MIB);
    expect(swapOutPages * 4096).toBe(150 * MIB);
  });

  it("stops on Windows", () => {
    expect(takes("windows").swapOutPages).toBe(0);
  });
});
