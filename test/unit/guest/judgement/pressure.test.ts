/** Levels of pressure, from counters and from what is left. */
import { describe, expect, it } from "vitest";
import { CounterRateMeter, type CounterRates } from "../../../../guest/src/judgement/counter-rates.ts";
import { CALM_MS, measurePressure, PressureLevel } from "../../../../guest/src/judgement/pressure.ts";
import type { Counters } from "../../../../guest/src/sample/memory-sample.ts";

const MIB = 1024 * 1024;
const CALM: CounterRates = {
  refaultsPerSecond: 0,
  swapInPagesPerSecond: 0,
  allocationStallsPerSecond: 0,
  someStallShare: 0,
  fullStallShare: 0,
  readPagesPerSecond: 0,
  oomKilled: false,
};
/** Enough to tell that stall time is programs', and too few of a large cache to be a level by themselves. */
const FEW_MISSED = { refaultsPerSecond: 50 };
/** 60,000 pages of cache, as in the measured cache cliff. */
const FILE_PAGES = 60_000;
const RESERVE_BYTES = 16 * MIB;
const WATERMARK_BYTES = 12 * MIB;
const GIB = 1024 * MIB;

function level(
  availableBytes: number,
  rates: Partial<CounterRates> = {},
  leastFreeBytes = 20 * MIB,
  inflating = false,
) {
  const input = {
    inflating,
    availableBytes,
    reserveBytes: RESERVE_BYTES,
    leastFreeBytes,
    watermarkBytes: WATERMARK_BYTES,
    filePages: FILE_PAGES,
    rates: { ...CALM, ...rates },
  };
  return measurePressure(input);
}

describe("a level", () => {
  it.each([
    ["nothing happens", 87, {}, "none"],
    ["a few refaults", 87, { refaultsPerSecond: 60 }, "low"],
    [
      "refaults at the cache cliff, whose stall time is high",
      87,
      { refaultsPerSecond: 1862, someStallShare: 0.6 },
      "moderate",
    ],
    ["refaults at their worst, whose stall time is nothing", 48, { refaultsPerSecond: 1690 }, "moderate"],
    ["a tenth of the cache a second comes back", 87, { refaultsPerSecond: 6000 }, "critical"],
    [
      "programs stall for what they miss, with memory available",
      200,
      { ...FEW_MISSED, someStallShare: 0.5 },
      "low",
    ],
    [
      "programs stall for what they miss with little memory",
      31,
      { ...FEW_MISSED, someStallShare: 0.05 },
      "moderate",
    ],
    ["everybody stalls with little memory", 31, { ...FEW_MISSED, fullStallShare: 0.06 }, "critical"],
    [
      "stall time is kswapd's alone, since nothing is missed",
      31,
      { someStallShare: 0.5, fullStallShare: 0.4 },
      "none",
    ],
    [
      "stall time may be programs', where refaults are not counted",
      200,
      { refaultsPerSecond: Number.NaN, someStallShare: 0.05 },
      "low",
    ],
    [
      "programs stall for what was swapped out",
      31,
      { swapInPagesPerSecond: 1, someStallShare: 0.05 },
      "moderate",
    ],
    [
      "programs stall for free pages",
      31,
      { allocationStallsPerSecond: 0.1, someStallShare: 0.05 },
      "moderate",
    ],
    ["swapping in", 87, { swapInPagesPerSecond: 300 }, "moderate"],
    ["allocations stall", 87, { allocationStallsPerSecond: 5 }, "moderate"],
    ["a process was killed", 87, { oomKilled: true }, "critical"],
    ["little is left", 20, {}, "low"],
    ["less than the reserve is left", 15, {}, "moderate"],
    ["almost nothing is left", 7, {}, "critical"],
  ] as const)("when %s", (_, availableMib, strain, expected) => {
    expect(level(availableMib * MIB, strain)).toBe(expected);
  });

  it("follows from what is left alone while nothing was counted", () => {
    const input = {
      reserveBytes: RESERVE_BYTES,
      leastFreeBytes: 0,
      watermarkBytes: 0,
      filePages: 0,
      rates: undefined,
      inflating: false,
    };
    expect(measurePressure({ ...input, availableBytes: 100 * MIB })).toBe("none");
    expect(measurePressure({ ...input, availableBytes: 7 * MIB })).toBe("critical");
  });

  it.each([
    ["kills", { oomKilled: true }],
    ["swaps in", { swapInPagesPerSecond: 5000 }],
    ["reads its cache again and again", { refaultsPerSecond: 60_000 }],
    ["stalls", { someStallShare: 0.9, fullStallShare: 0.9 }],
  ])("is none while a container at its own limit %s in a guest with 6 GiB free", (_, rates) => {
    expect(level(7 * GIB, rates, 6 * GIB)).toBe("none");
  });

  it.each([
    [
      "the driver's stalled allocations, with stall time",
      87,
      { allocationStallsPerSecond: 5, someStallShare: 0.08 },
      "none",
    ],
    [
      "stalled allocations with less than two reserves left",
      31,
      { allocationStallsPerSecond: 5 },
      "moderate",
    ],
    ["stall time, once programs miss what was taken", 87, { ...FEW_MISSED, someStallShare: 0.08 }, "low"],
    ["refaults", 87, { refaultsPerSecond: 60 }, "low"],
    ["swapping in", 87, { swapInPagesPerSecond: 300 }, "moderate"],
  ] as const)("while the balloon grows, from %s", (_, availableMib, strain, expected) => {
    expect(level(availableMib * MIB, strain, 20 * MIB, true)).toBe(expected);
  });

  it("is felt with much free memory where the guest's own allocations stalled: containers' do not count there", () => {
    expect(level(7 * GIB, { oomKilled: true, allocationStallsPerSecond: 1 }, 6 * GIB)).toBe("critical");
  });

  it("is felt from where free memory comes near the watermarks on, or is unknown", () => {
    const roomyBytes = 3 * WATERMARK_BYTES + 2 * RESERVE_BYTES;
    const swapsIn = { swapInPagesPerSecond: 300 };
    expect(level(87 * MIB, swapsIn, roomyBytes)).toBe("none");
    expect(level(87 * MIB, swapsIn, roomyBytes - 1)).toBe("moderate");
    expect(level(87 * MIB, swapsIn, Number.POSITIVE_INFINITY)).toBe("moderate");
  });

  it("rises at once and falls one step at a time after a calm while", () => {
    const settled = new PressureLevel();
    expect(settled.settle("critical", 0)).toBe("critical");
    expect(settled.settle("none", CALM_MS - 1)).toBe("critical");
    expect(settled.settle("none", CALM_MS)).toBe("moderate");
    expect(settled.settle("none", 2 * CALM_MS - 1)).toBe("moderate");
    expect(settled.settle("none", 2 * CALM_MS)).toBe("low");
    expect(settled.settle("low", 2.5 * CALM_MS)).toBe("low");
    expect(settled.settle("none", 3 * CALM_MS)).toBe("low");
    expect(settled.settle("none", 3.5 * CALM_MS)).toBe("none");
  });
});

describe("strain between two readings", () => {
  const at = (sampledAtMs: number, vmstat: Counters["vmstat"], someStallUs?: number): Counters => ({
    sampledAtMs,
    vmstat,
    pressure: someStallUs === undefined ? {} : { someStallUs },
  });

  const strainBetween = (before: Counters, after: Counters) => {
    const meter = new CounterRateMeter(4096);
    meter.observe(before);
    return meter.observe(after);
  };

  it("gives rates of what both readings have, and leaves out the rest", () => {
    const strain = strainBetween(
      at(0, { refaultFilePages: 100 }, 1000),
      at(500, { refaultFilePages: 200 }, 51_000),
    );
    expect(strain).toMatchObject({ refaultsPerSecond: 200, someStallShare: 0.1, fullStallShare: Number.NaN });
    expect(strain?.swapInPagesPerSecond).toBeNaN();
  });

  it("counts pages read in pages of the guest's kernel", () => {
    const read = (pageSizeBytes: number) => {
      const meter = new CounterRateMeter(pageSizeBytes);
      meter.observe(at(0, { pageInKib: 0 }));
      return meter.observe(at(1000, { pageInKib: 6400 }))?.readPagesPerSecond;
    };
    expect([read(4096), read(65_536)]).toEqual([1600, 100]);
  });

  it("gives no rate for readings too close together or in the wrong order", () => {
    expect(strainBetween(at(0, {}), at(50, {}))).toBeUndefined();
    expect(strainBetween(at(500, {}), at(0, {}))).toBeUndefined();
  });

  it("gives no rate for a counter that went backwards", () => {
    expect(
      strainBetween(at(0, { swapInPages: 9 }), at(500, { swapInPages: 3 }))?.swapInPagesPerSecond,
    ).toBeNaN();
  });

  it("sees an OOM kill, but not in the first reading that has the counter", () => {
    expect(strainBetween(at(0, { oomKills: 1 }), at(500, { oomKills: 2 }))?.oomKilled).toBe(true);
    expect(strainBetween(at(0, {}), at(500, { oomKills: 2 }))?.oomKilled).toBe(false);
  });
});
