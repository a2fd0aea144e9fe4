/** Growth of a quantity, and how long the agent may look away. */
import { describe, expect, it } from "vitest";
import { GrowthTracker, PEAK_HALF_LIFE_MS } from "../../../../guest/src/judgement/growth.ts";
import { type IntervalInput, nextIntervalMs } from "../../../../guest/src/judgement/interval.ts";

const MIB = 1024 * 1024;

describe("growth", () => {
  it("is none for a first point and for a fall", () => {
    const tracker = new GrowthTracker();
    expect(tracker.add(0, 100 * MIB)).toEqual({ bytesPerSecond: 0, peakBytesPerSecond: 0 });
    expect(tracker.add(1000, 50 * MIB)).toEqual({ bytesPerSecond: 0, peakBytesPerSecond: 0 });
  });

  it("ends half a second after use stopped growing", () => {
    const tracker = new GrowthTracker();
    tracker.add(0, 0);
    expect(tracker.add(100, 20 * MIB).bytesPerSecond).toBe(200 * MIB);
    expect(tracker.add(300, 20 * MIB).bytesPerSecond).toBeGreaterThan(0);
    expect(tracker.add(700, 20 * MIB).bytesPerSecond).toBe(0);
  });

  it("keeps the peak, which halves in ten minutes", () => {
    const tracker = new GrowthTracker();
    tracker.add(0, 0);
    tracker.add(1000, 300 * MIB);
    let growth = tracker.add(1001, 300 * MIB);
    for (let atMs = 2000; atMs <= PEAK_HALF_LIFE_MS; atMs += 2000) growth = tracker.add(atMs, 300 * MIB);
    expect(growth.peakBytesPerSecond / MIB).toBeCloseTo(150, 0);
  });

  it("takes no peak from a jump within one short interval", () => {
    const tracker = new GrowthTracker();
    tracker.add(0, 0);
    tracker.add(20, 8 * MIB);
    expect(tracker.add(100, 8 * MIB).peakBytesPerSecond).toBe(80 * MIB);
  });

  it("gives nothing for time standing still or running backwards", () => {
    const tracker = new GrowthTracker();
    tracker.add(1000, 0);
    expect(tracker.add(1000, 100 * MIB).bytesPerSecond).toBe(0);
    expect(tracker.add(500, 200 * MIB).bytesPerSecond).toBe(0);
  });
});

describe("the interval", () => {
  const REST: IntervalInput = {
    availableBytes: 48 * MIB,
    reserveBytes: 16 * MIB,
    fastestBytesPerSecond: 256 * MIB,
    alert: false,
    waitingForHelp: false,
    canBeHelped: true,
    lastingMs: 0,
    shortestMs: 20,
    longestMs: 2000,
  };

  it.each([
    ["half the time to exhaustion at rest", {}, 63],
    ["a quarter of it when alert", { alert: true }, 31],
    ["the shortest while help is on its way", { waitingForHelp: true, availableBytes: 9999 * MIB }, 20],
    ["the shortest at the end of memory", { availableBytes: 10 * MIB }, 20],
    ["the longest with gigabytes available", { availableBytes: 4096 * MIB }, 2000],
    ["250 ms at least where nothing can be given", { availableBytes: 10 * MIB, canBeHelped: false }, 250],
    [
      "a thousandth at least of the time for which nothing changed",
      { availableBytes: 24 * MIB, lastingMs: 45_000 },
      45,
    ],
    ["70 ms after 70 s of that, and later", { availableBytes: 24 * MIB, lastingMs: 3_600_000 }, 70],
    ["as short as ever soon after a change", { availableBytes: 24 * MIB, lastingMs: 19_000 }, 20],
    [
      "500 ms while nothing changed about a shortage for half a minute",
      { availableBytes: 10 * MIB, lastingMs: 30_000 },
      500,
    ],
    ["100 ms at most of an announced inflation, however empty the balloon", { longestMs: 100 }, 63],
    ["the longest for a guest that cannot grow", { fastestBytesPerSecond: 0 }, 2000],
  ])("is %s", (_, change, expected) => {
    expect(nextIntervalMs({ ...REST, ...change })).toBe(expected);
  });
});
