import { describe, expect, it } from "vitest";
import { GIB } from "../../../../host/src/model/bytes.ts";
import { footprintOf, less } from "../../../bench/builds/footprint.ts";

describe("what a host held", () => {
  it("is told by its peak, and by its integral over time, whatever lies between two looks", () => {
    const looks = [
      { atMs: 10_000, bytes: GIB },
      { atMs: 40_000, bytes: 3 * GIB },
      { atMs: 70_000, bytes: 0 },
    ];
    expect(footprintOf(looks)).toEqual({ peakBytes: 3 * GIB, gibMinutes: 2 });
    expect(footprintOf([])).toEqual({ peakBytes: 0, gibMinutes: 0 });
  });

  it("is compared as a share of the other, where there is one", () => {
    expect(less(60, 100)).toBeCloseTo(-0.4);
    expect(less(110, 100)).toBeCloseTo(0.1);
    expect(less(100, 100)).toBeUndefined();
    expect(less(1, 0)).toBeUndefined();
  });
});
