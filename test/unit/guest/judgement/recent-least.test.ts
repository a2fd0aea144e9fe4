/** The least free memory of the last half minute. */
import { expect, it } from "vitest";
import { RecentLeast, SPAN_MS } from "../../../../guest/src/judgement/recent-least.ts";

it("is remembered for half a minute at least and a minute at most", () => {
  const least = new RecentLeast();
  least.add(0, 500);
  expect(least.add(SPAN_MS - 1, 7)).toBe(7);
  expect(least.add(2 * SPAN_MS - 1, 600)).toBe(7);
  expect(least.add(3 * SPAN_MS, 700)).toBe(600);
});

it("passes over what is unknown", () => {
  const least = new RecentLeast();
  expect(least.add(0, Number.NaN)).toBeNaN();
  expect(least.add(10, 5)).toBe(5);
  expect(least.add(20, Number.NaN)).toBe(5);
});
