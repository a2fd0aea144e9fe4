import { describe, expect, it } from "vitest";
import { GIB, MIB } from "../../../../../host/src/model/bytes.ts";
import { Kernel, PAGE_BYTES } from "../../../../../host/src/simulate/guest/kernel.ts";
import { Programs } from "../../../../../host/src/simulate/guest/programs.ts";
import type { Phase } from "../../../../../host/src/simulate/scenario.ts";
import { aPhase, aPlan } from "../../../../fakes/guest-plans.ts";

const MISS_US = 500;
const READS = 50_000;

function setUp(settled: Phase, swapBytes = 0) {
  const kernel = new Kernel(aPlan({ swapBytes }));
  const programs = new Programs(MISS_US);
  programs.settle(kernel, settled);
  /** Lives in steps of 10 ms; gives the share of full speed at which work was done. */
  const live = (phase: Phase, ms: number) => {
    let done = 0;
    for (let passedMs = 0; passedMs < ms; passedMs += 10)
      done += programs.advance(kernel, phase, 10).speed * 10;
    return done / ms;
  };
  /** Takes from the guest until so much is free. */
  const squeezeTo = (freeBytes: number) => {
    kernel.balloonBytes += kernel.takeForBalloon(GIB);
    kernel.balloonBytes -= freeBytes;
  };
  return { kernel, programs, live, squeezeTo };
}

describe("programs that want more memory", () => {
  it("touch it at their speed until they have it", () => {
    const { kernel, live } = setUp(aPhase());
    const phase = aPhase({ anonBytes: 400 * MIB, touchBytesPerSecond: 200 * MIB });
    expect(live(phase, 1000)).toBe(1);
    expect(kernel.anonBytes / MIB).toBeCloseTo(300, 6);
    live(phase, 1000);
    expect(kernel.anonBytes / MIB).toBeCloseTo(400, 6);
  });

  it("give back at once what they want no more", () => {
    const { kernel, live } = setUp(aPhase({ anonBytes: 400 * MIB }));
    live(aPhase({ anonBytes: 150 * MIB }), 10);
    expect(kernel.anonBytes).toBe(150 * MIB);
  });

  it("starve for the time in which there is none, stand still, and are counted as stalled", () => {
    const { kernel, programs, squeezeTo } = setUp(aPhase());
    squeezeTo(0);
    const phase = aPhase({ anonBytes: 400 * MIB });
    programs.advance(kernel, phase, 100);
    const { starvedShare, speed } = programs.advance(kernel, phase, 100);
    expect({ starvedShare, speed }).toEqual({ starvedShare: 1, speed: 0 });
    expect(kernel.counters.allocationStalls).toBe(2);
    kernel.balloonBytes -= 5 * MIB;
    expect(programs.advance(kernel, phase, 100).starvedShare).toBeCloseTo(0.75, 6);
  });

  it("do not starve for a remainder of arithmetic", () => {
    const { kernel, programs } = setUp(aPhase());
    kernel.coldBytes = kernel.freeBytes - 0.3;
    const phase = aPhase({ anonBytes: 300.1 * MIB, touchBytesPerSecond: 33.3 * MIB });
    for (let step = 0; step < 100; step++) expect(programs.advance(kernel, phase, 7.7).starvedShare).toBe(0);
  });
});

describe("swap", () => {
  it("takes what finds no memory, as fast as a disk does, and slows work down", () => {
    const { kernel, live, squeezeTo } = setUp(aPhase({ anonBytes: 400 * MIB }), GIB);
    squeezeTo(0);
    const phase = aPhase({ anonBytes: 600 * MIB, touchBytesPerSecond: 100 * MIB });
    const speed = live(phase, 1000);
    expect(kernel.swappedBytes / MIB).toBeGreaterThan(90);
    expect(kernel.swappedBytes / MIB).toBeLessThan(150);
    expect(speed).toBeLessThan(0.7);
    expect(kernel.anonBytes + kernel.swappedBytes).toBeCloseTo(500 * MIB, -1);
  });

  it("is counted as swapping in when room comes back, at most at the disk's speed", () => {
    const { kernel, live } = setUp(aPhase({ anonBytes: 400 * MIB }), GIB);
    kernel.anonBytes -= 300 * MIB;
    kernel.swappedBytes = 300 * MIB;
    live(aPhase({ anonBytes: 400 * MIB }), 1000);
    expect(kernel.swappedBytes / MIB).toBeCloseTo(150, 0);
    expect((kernel.counters.swapInPages * PAGE_BYTES) / MIB).toBeCloseTo(150, 0);
  });
});

describe("reads over and over of a set of files", () => {
  const hot = aPhase({ hotBytes: 400 * MIB, readsPerSecond: READS });

  it("run at full speed while all of it is cached, and miss nothing", () => {
    const { kernel, programs, live } = setUp(hot);
    expect(live(hot, 1000)).toBe(1);
    expect(programs.reads).toBeCloseTo(READS, 0);
    expect(kernel.counters).toMatchObject({ refaultPages: 0, majorFaults: 0 });
  });

  it("fall off a cliff: a tenth less cache is several times fewer reads", () => {
    const { kernel, live, squeezeTo } = setUp(hot);
    squeezeTo(0);
    kernel.balloonBytes += kernel.reclaim(40 * MIB);
    expect(live(hot, 100)).toBeLessThan(0.4);
  });

  it("miss what was taken away: those are refaults, and time is stalled", () => {
    const { kernel, live, squeezeTo } = setUp(hot);
    squeezeTo(0);
    kernel.balloonBytes += kernel.reclaim(40 * MIB);
    const reclaimUs = kernel.counters.stallUs;
    live(hot, 1000);
    expect(kernel.counters.refaultPages).toBeGreaterThan(250);
    expect(kernel.counters.stallUs - reclaimUs).toBeGreaterThan(500_000);
    expect(kernel.counters.stallUs - reclaimUs).toBeLessThanOrEqual(1_000_000);
  });

  it("are no refaults while a set is read for the first time", () => {
    const { kernel, live } = setUp(aPhase());
    live(hot, 2000);
    expect(kernel.hotBytes).toBeGreaterThan(10 * MIB);
    expect(kernel.counters.majorFaults).toBeGreaterThan(1000);
    expect(kernel.counters.refaultPages).toBe(0);
  });

  it("leave behind a cache that looks used when they end", () => {
    const { kernel, live } = setUp(hot);
    live(aPhase({ hotBytes: 100 * MIB, readsPerSecond: READS }), 10);
    expect(kernel).toMatchObject({ hotBytes: 100 * MIB, staleBytes: 300 * MIB });
  });
});

describe("files that are read once", () => {
  it("fill what is free, and then push out only themselves", () => {
    const phase = aPhase({ hotBytes: 100 * MIB, streamBytesPerSecond: 500 * MIB });
    const { kernel, live } = setUp(phase);
    live(phase, 5000);
    expect(kernel.hotBytes).toBe(100 * MIB);
    expect(kernel.freeBytes).toBeCloseTo(kernel.watermarkBytes, 0);
    expect(kernel.usedBytes).toBeLessThanOrEqual(kernel.sizeBytes);
    expect(kernel.counters.refaultPages).toBe(0);
  });
});

describe("the kernel's killer", () => {
  it("frees all that programs touched, and is counted", () => {
    const { kernel, programs } = setUp(aPhase({ anonBytes: 300 * MIB }), GIB);
    kernel.swappedBytes = 50 * MIB;
    programs.kill(kernel);
    expect(kernel).toMatchObject({ anonBytes: 0, swappedBytes: 0, counters: { oomKills: 1 } });
  });

  it("starve for all of the time once nothing is left, whatever fractions of a byte are", () => {
    const kernel = new Kernel({ fullBytes: 512 * MIB, os: "linux", swapBytes: 0 });
    kernel.balloonBytes = 24_000_000.3;
    const programs = new Programs(200);
    const phase = { ...aPhase({ anonBytes: GIB }), touchBytesPerSecond: 7.01 * MIB };
    let share = 0;
    for (let step = 0; step < 9_000; step++) share = programs.advance(kernel, phase, 10).starvedShare;
    expect(share).toBe(1);
  });
});
