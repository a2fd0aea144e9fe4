/** The least free memory of the last half minute. */
import { expect, it } from "vitest";
import { RecentLeast, SPAN_MS } from "../../../../guest/src/judgement/recent-least.ts";

/** The least after so many values, each with its time. */
function leastOf(...values: readonly (readonly [number, number])[]): number {
  const recent = new RecentLeast();
  for (const [atMs, value] of values) recent.add(atMs, value);
  return recent.least;
}

it("is remembered for half a minute at least and a minute at most", () => {
  const early = [
    [0, 500],
    [SPAN_MS - 1, 7],
  ] as const;
  expect(leastOf(...early)).toBe(7);
  expect(leastOf(...early, [2 * SPAN_MS - 1, 600])).toBe(7);
  expect(leastOf(...early, [2 * SPAN_MS - 1, 600], [3 * SPAN_MS, 700])).toBe(600);
});

it("is infinite while nothing is known", () => {
  expect(leastOf()).toBe(Number.POSITIVE_INFINITY);
});
