import { describe, expect, it } from "vitest";
import { GIB, MIB } from "../../../../../host/src/model/bytes.ts";
import { HostMemory, ownBytesAt } from "../../../../../host/src/simulate/world/host-memory.ts";
import { aHostPlan } from "../../../../fakes/guest-plans.ts";

const STEP_MS = 200;

/** Lets time pass with guests holding so much. */
function pass(memory: HostMemory, fromMs: number, toMs: number, heldBytes: number): void {
  for (let nowMs = fromMs + STEP_MS; nowMs <= toMs; nowMs += STEP_MS)
    memory.advance(nowMs, STEP_MS, heldBytes);
}

describe("the host's memory", () => {
  it("is free but for what the host itself and its guests hold", () => {
    const memory = new HostMemory(aHostPlan());
    memory.advance(0, 0, 2 * GIB);
    expect(memory.availableBytes).toBe(5 * GIB);
    expect(memory.isExhausted).toBe(false);
    expect(memory.psiSomeAvg10).toBe(0);
  });

  it("is exhausted when more is held than there is and nothing can be swapped", () => {
    const memory = new HostMemory(aHostPlan());
    pass(memory, 0, 1000, 7.5 * GIB);
    expect(memory.isExhausted).toBe(true);
    expect(memory.availableBytes).toBe(0);
    expect(memory.shortMs).toBe(1000);
  });

  it("swaps what is too much, is short then, and stalls", () => {
    const memory = new HostMemory(aHostPlan({ swapBytes: GIB }));
    pass(memory, 0, 10_000, 7.5 * GIB);
    expect(memory).toMatchObject({ swappedBytes: GIB / 2, isExhausted: false, shortMs: 10_000 });
    expect(memory.psiSomeAvg10).toBeGreaterThan(20);
    pass(memory, 10_000, 60_000, 4 * GIB);
    expect(memory.swappedBytes).toBe(0);
    expect(memory.psiSomeAvg10).toBeLessThan(1);
  });

  it("follows the host's own programs over time", () => {
    const plan = aHostPlan({
      own: [
        { fromMs: 0, bytes: GIB },
        { fromMs: 5000, bytes: 3 * GIB },
      ],
    });
    expect([0, 4999, 5000, 9000].map((atMs) => ownBytesAt(plan, atMs) / GIB)).toEqual([1, 1, 3, 3]);
    const memory = new HostMemory(plan);
    memory.advance(5000, STEP_MS, GIB);
    expect(memory.availableBytes).toBe(4 * GIB);
  });
});

describe("ZFS's cache", () => {
  const plan = aHostPlan({ arc: { maxBytes: 3 * GIB, minBytes: GIB } });

  it("is as large as it may be while there is room, and is not counted as available", () => {
    const memory = new HostMemory(plan);
    pass(memory, 0, 1000, GIB);
    expect(memory.arcBytes).toBe(3 * GIB);
    expect(memory.availableBytes).toBe(3 * GIB);
  });

  it("begins no larger than there is room", () => {
    const memory = new HostMemory(plan);
    memory.advance(0, 0, 5 * GIB);
    expect(memory.arcBytes).toBeLessThan(2 * GIB);
    expect(memory.freeBytes).toBeGreaterThan(0);
  });

  it("shrinks at about 1 GiB a second, down to its minimum", () => {
    const memory = new HostMemory(plan);
    pass(memory, 0, 1000, GIB);
    pass(memory, 1000, 2000, 6 * GIB);
    expect(memory.arcBytes / GIB).toBeCloseTo(2, 6);
    pass(memory, 2000, 9000, 6 * GIB);
    expect(memory.arcBytes).toBe(GIB);
    pass(memory, 9000, 20_000, 6.5 * GIB);
    expect(memory.arcBytes).toBe(GIB);
  });

  it("is waited for: no program is killed while it can give", () => {
    const memory = new HostMemory(plan);
    pass(memory, 0, 1000, GIB);
    memory.advance(1200, STEP_MS, 5.8 * GIB);
    expect(memory.freeBytes).toBeLessThan(0);
    expect(memory.isExhausted).toBe(false);
    pass(memory, 1200, 9000, 6.5 * GIB);
    expect(memory.isExhausted).toBe(true);
  });

  it("comes back more slowly than it went", () => {
    const memory = new HostMemory(plan);
    pass(memory, 0, 9000, 6 * GIB);
    pass(memory, 9000, 10_000, GIB);
    expect((memory.arcBytes - GIB) / MIB).toBeCloseTo(200, 0);
  });
});

describe("what KSM saves", () => {
  const ksm = { savedBytes: GIB, breaksAtMs: 10_000, breaksWithinMs: 4000 };

  it("is free memory, until its pages break apart", () => {
    const memory = new HostMemory(aHostPlan({ ksm }));
    memory.advance(0, 0, 2 * GIB);
    expect(memory.availableBytes).toBe(6 * GIB);
    memory.advance(12_000, STEP_MS, 2 * GIB);
    expect(memory.availableBytes).toBe(5.5 * GIB);
    memory.advance(14_000, STEP_MS, 2 * GIB);
    expect(memory.availableBytes).toBe(5 * GIB);
  });

  it("is reported as the kernel counts it", () => {
    expect(new HostMemory(aHostPlan({ ksm })).ksmFacts(0)).toEqual({
      run: 1,
      pagesSharing: GIB / 4096,
      pagesShared: GIB / 4096 / 4,
      savedBytes: GIB,
    });
    expect(new HostMemory(aHostPlan()).ksmFacts(0)).toBeUndefined();
  });
});
