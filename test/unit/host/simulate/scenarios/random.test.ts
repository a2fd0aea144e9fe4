import { describe, expect, it } from "vitest";
import { Random } from "../../../../../host/src/simulate/scenarios/random.ts";

function draws(seed: number, count: number): number[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => random.next());
}

describe("seeded chance", () => {
  it("repeats itself with its seed, and only with it", () => {
    expect(draws(7, 50)).toEqual(draws(7, 50));
    expect(draws(7, 50)).not.toEqual(draws(8, 50));
  });

  it("spreads evenly from 0 to below 1", () => {
    const values = draws(1, 10_000);
    const tenths = Array.from(
      { length: 10 },
      (_, i) => values.filter((v) => Math.floor(v * 10) === i).length,
    );
    expect(Math.min(...tenths)).toBeGreaterThan(850);
    expect(Math.max(...tenths)).toBeLessThan(1150);
  });

  it("stays within the requested limits", () => {
    const random = new Random(3);
    for (let i = 0; i < 1_000; i++) {
      expect([2, 3, 4]).toContain(random.whole(2, 4));
      expect(Math.abs(random.about(100, 0.1) - 100)).toBeLessThanOrEqual(10);
    }
    expect(() => random.pick([])).toThrow("nothing to pick from");
  });

  it("shuffles without losing any", () => {
    const items = [1, 2, 3, 4, 5, 6, 7, 8];
    const shuffled = new Random(5).shuffled(items);
    expect(shuffled).not.toEqual(items);
    expect([...shuffled].sort()).toEqual(items);
  });
});
