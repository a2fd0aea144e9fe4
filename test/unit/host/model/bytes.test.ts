import { describe, expect, it } from "vitest";
import { clamp, formatMib, MIB, sum } from "../../../../host/src/model/bytes.ts";

describe("bytes", () => {
  it("clamps into the range, the upper end winning a contradiction", () => {
    expect(clamp(5, 1, 3)).toBe(3);
    expect(clamp(-1, 1, 3)).toBe(1);
    expect(clamp(2, 3, 1)).toBe(1);
  });

  it("are shown whole, and as unknown where they are", () => {
    expect([formatMib(1.6 * MIB), formatMib(undefined)]).toEqual(["2 MiB", "an unknown size"]);
  });

  it("sums what the function picks", () => {
    expect(sum([{ a: 1 }, { a: 2 * MIB }], (x) => x.a)).toBe(1 + 2 * MIB);
  });
});
