import { describe, expect, it } from "vitest";
import { pauseMs } from "../../../../host/src/timing/backoff.ts";

describe("pauses between attempts", () => {
  it("double from 250 ms and end at 5 s", () => {
    expect([0, 1, 2, 3, 4, 5, 50].map((failures) => pauseMs(failures, 0))).toEqual([
      250, 500, 1000, 2000, 4000, 5000, 5000,
    ]);
  });

  it("are shortened by up to half, so that many guests do not knock at once", () => {
    expect(pauseMs(0, 1)).toBe(125);
    expect(pauseMs(50, 0.5)).toBe(3750);
  });
});
