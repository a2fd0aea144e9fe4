import { describe, expect, it } from "vitest";
import { ReportAge } from "../../../../host/src/belief/report-age.ts";

/** The guest has been up for a minute as the broker's clock is at an hour. */
const APART_MS = 3_540_000;

/** Ages of reports, each sampled and read at the given times of the guest's clock. */
function ages(...reports: readonly (readonly [sampledAtMs: number, readAtMs: number])[]): number[] {
  const age = new ReportAge();
  return reports.map(([sampledAtMs, readAtMs]) => age.of("boot", sampledAtMs, readAtMs + APART_MS));
}

describe("a report", () => {
  it("that comes at once is fresh, whatever the guest's clock shows", () => {
    expect(ages([60_000, 60_000], [61_000, 61_020], [62_000, 62_001])).toEqual([0, 0, 0]);
  });

  it("that is read a little later on a busy host is fresh", () => {
    expect(ages([60_000, 60_000], [61_000, 61_499])).toEqual([0, 0]);
  });

  it("that waited while the broker stood still is as old as it waited, up to the one that just came", () => {
    const read = ages(
      [60_000, 60_000],
      [61_000, 90_000],
      [70_000, 90_001],
      [80_000, 90_002],
      [90_000, 90_003],
    );
    expect(read).toEqual([0, 29_000, 20_001, 10_002, 0]);
  });

  it("that waited is no less old for being read slowly", () => {
    expect(ages([60_000, 60_000], [61_000, 90_000], [70_000, 91_000])).toEqual([0, 29_000, 21_000]);
  });

  it("of a guest whose clock stood still counts again from the second one on", () => {
    // Paused for a minute.
    expect(ages([60_000, 60_000], [60_100, 120_100], [60_200, 120_200], [60_400, 120_400])).toEqual([
      0, 60_000, 60_000, 0,
    ]);
  });

  it("of a clock that jumps ahead is fresh", () => {
    expect(ages([60_000, 60_000], [900_000, 61_000], [901_000, 62_000])).toEqual([0, 0, 0]);
  });

  it("of a new boot is fresh: its clock begins anew", () => {
    const age = new ReportAge();
    expect(age.of("one", 60_000, APART_MS)).toBe(0);
    expect(age.of("two", 10, APART_MS + 30_000)).toBe(0);
  });

  it("tells how old is what the guest sends right after it", () => {
    const age = new ReportAge();
    age.of("boot", 60_000, 60_000);
    age.of("boot", 61_000, 90_000);
    expect(age.lastMs).toBe(29_000);
    age.of("boot", 90_000, 90_010);
    expect(age.lastMs).toBe(0);
  });
});
