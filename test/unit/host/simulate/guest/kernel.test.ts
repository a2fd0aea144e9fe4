import { describe, expect, it } from "vitest";
import { GIB, MIB } from "../../../../../host/src/model/bytes.ts";
import { fixedBytes, Kernel, PAGE_BYTES } from "../../../../../host/src/simulate/guest/kernel.ts";
import { aPlan } from "../../../../fakes/guest-plans.ts";

/** A kernel with so much free, the rest of it held by programs. */
function kernelWith(
  freeMib: number,
  cache: Partial<Pick<Kernel, "hotBytes" | "coldBytes" | "staleBytes">> = {},
) {
  const kernel = Object.assign(new Kernel(aPlan()), cache);
  kernel.anonBytes = kernel.freeBytes - freeMib * MIB;
  return kernel;
}

describe("what is available", () => {
  it("is what is free above the watermarks, when nothing is cached", () => {
    const kernel = kernelWith(100);
    expect(kernel.availableBytes).toBe(100 * MIB - kernel.watermarkBytes);
  });

  it("counts cache in full, but for the part that the kernel would rather keep", () => {
    const large = kernelWith(100, { coldBytes: 300 * MIB });
    expect(large.availableBytes).toBe(400 * MIB - 2 * large.watermarkBytes);
    const small = kernelWith(100, { coldBytes: 8 * MIB });
    expect(small.availableBytes).toBe(104 * MIB - small.watermarkBytes);
  });

  it("is never less than nothing", () => {
    expect(kernelWith(1).availableBytes).toBe(0);
  });

  it("shrinks with the balloon, byte for byte, and so does the guest", () => {
    const kernel = kernelWith(300);
    const before = { size: kernel.sizeBytes, available: kernel.availableBytes };
    kernel.balloonBytes = 100 * MIB;
    expect(before.size - kernel.sizeBytes).toBe(100 * MIB);
    expect(before.available - kernel.availableBytes).toBe(100 * MIB);
  });
});

describe("a program that needs memory", () => {
  it("gets what is free, down to half of the watermark", () => {
    const kernel = kernelWith(100);
    expect(kernel.takeForPrograms(500 * MIB)).toBe(100 * MIB - kernel.watermarkBytes / 2);
  });

  it("pushes out cold cache before used one, and used one before what is in use", () => {
    const kernel = kernelWith(0, { coldBytes: 50 * MIB, staleBytes: 50 * MIB, hotBytes: 50 * MIB });
    expect(kernel.takeForPrograms(40 * MIB)).toBe(40 * MIB);
    expect(kernel).toMatchObject({ coldBytes: 10 * MIB, staleBytes: 50 * MIB, hotBytes: 50 * MIB });
    kernel.takeForPrograms(50 * MIB);
    expect(kernel.coldBytes).toBe(0);
    expect(50 * MIB - kernel.staleBytes).toBeGreaterThan(4 * (50 * MIB - kernel.hotBytes));
    expect(kernel.hotBytes).toBeLessThan(50 * MIB);
  });

  it("lets the kernel work for each page of cache that it drops, which counts as stall time", () => {
    const kernel = kernelWith(0, { coldBytes: 50 * MIB });
    kernel.takeForPrograms(40 * MIB);
    const { stealPages, stallUs } = kernel.counters;
    expect(stealPages).toBe((40 * MIB) / PAGE_BYTES);
    expect(stallUs).toBeCloseTo(stealPages);
  });

  it("gets all cache in the end, and no more", () => {
    const kernel = kernelWith(0, { coldBytes: 10 * MIB, staleBytes: 20 * MIB, hotBytes: 30 * MIB });
    const takenBytes = kernel.takeForPrograms(GIB);
    expect(takenBytes).toBeCloseTo(60 * MIB, 3);
    kernel.anonBytes += takenBytes;
    expect(kernel.takeForPrograms(GIB)).toBe(0);
    expect(kernel.counters.stealPages).toBeCloseTo((60 * MIB) / PAGE_BYTES, 3);
  });
});

describe("the cache of a read", () => {
  it("takes what is free above the watermark, then the place of cold cache, and nothing else", () => {
    const kernel = kernelWith(100, { coldBytes: 10 * MIB, hotBytes: 50 * MIB });
    expect(kernel.takeForCache(GIB)).toBe(110 * MIB - kernel.watermarkBytes);
    expect(kernel.hotBytes).toBe(50 * MIB);
  });
});

describe("the balloon", () => {
  it("leaves the watermark alone, and pushes out cache", () => {
    const kernel = kernelWith(100, { coldBytes: 50 * MIB });
    expect(kernel.takeForBalloon(GIB)).toBe(150 * MIB - kernel.watermarkBytes);
  });
});

describe("what a kernel keeps for itself", () => {
  it("grows with the guest, is far more on Windows, and is what the plan says where it says so", () => {
    const small = fixedBytes({ fullBytes: GIB, os: "linux" });
    expect(fixedBytes({ fullBytes: 2 * GIB, os: "linux" })).toBeGreaterThan(small);
    expect(fixedBytes({ fullBytes: GIB, os: "windows" })).toBeGreaterThan(small + 800 * MIB);
    expect(fixedBytes({ fullBytes: GIB, os: "linux", fixedBytes: 5 })).toBe(5);
  });
});
