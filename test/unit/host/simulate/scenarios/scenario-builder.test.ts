import { describe, expect, it } from "vitest";
import {
  every,
  guest,
  rest,
  several,
  work,
} from "../../../../../host/src/simulate/scenarios/scenario-builder.ts";

describe("work", () => {
  it("goes on as before but for what a change says, whatever the order of the changes", () => {
    const phases = work(
      { anonBytes: 1, hotBytes: 5 },
      { fromMs: 20, hotBytes: 7 },
      { fromMs: 10, anonBytes: 2, busy: false },
    );
    expect(phases).toMatchObject([
      { fromMs: 0, anonBytes: 1, hotBytes: 5, busy: true },
      { fromMs: 10, anonBytes: 2, hotBytes: 5, busy: false },
      { fromMs: 20, anonBytes: 2, hotBytes: 7, busy: false },
    ]);
  });
});

describe("a guest", () => {
  it("is guaranteed a quarter of its memory unless it says otherwise, as in the broker's config", () => {
    expect(guest("a", 2 ** 33, rest(1)).minBytes).toBe(2 ** 31);
    expect(guest("a", 2 ** 33, rest(1), { minBytes: 5 }).minBytes).toBe(5);
  });
});

describe("counting", () => {
  it("numbers from 1, and steps through time without its end", () => {
    expect(several(3, (number) => number)).toEqual([1, 2, 3]);
    expect(every(5, 11, 3, (atMs) => atMs)).toEqual([5, 8]);
  });
});
