import { describe, expect, it } from "vitest";
import {
  type Carried,
  halveToMost,
  isCarried,
  mostCarried,
  searchMost,
} from "../../../bench/density/verdict.ts";

function outcome(guests: number, change: Partial<Carried> = {}): Carried {
  return { guests, kills: 0, lostShare: 0, overdrawn: false, ...change };
}

/** A host that carries so many. */
function hostFor(most: number) {
  const tried: number[] = [];
  const attempt = (guests: number) => {
    tried.push(guests);
    return Promise.resolve(outcome(guests, { kills: guests > most ? 1 : 0 }));
  };
  return { tried, attempt };
}

const BOUNDS = { least: 3, most: 10 };

describe("guests are carried", () => {
  it("when none was killed, at most 1 % of the work was lost, and the host had all that they held", () => {
    expect(isCarried(outcome(5, { lostShare: 0.01 }))).toBe(true);
    expect(isCarried(outcome(5, { lostShare: 0.011 }))).toBe(false);
    expect(isCarried(outcome(5, { kills: 1 }))).toBe(false);
    expect(isCarried(outcome(5, { overdrawn: true }))).toBe(false);
  });
});

describe("the search for the most guests", () => {
  it("goes up from a number that is carried to the first that is not", async () => {
    const { tried, attempt } = hostFor(6);
    expect(mostCarried(await searchMost(5, BOUNDS, attempt))).toBe(6);
    expect(tried).toEqual([5, 6, 7]);
  });

  it("goes down from a number that is not", async () => {
    const { tried, attempt } = hostFor(4);
    expect(mostCarried(await searchMost(6, BOUNDS, attempt))).toBe(4);
    expect(tried).toEqual([6, 5, 4]);
  });

  it("ends at its bounds", async () => {
    expect(mostCarried(await searchMost(9, BOUNDS, hostFor(99).attempt))).toBe(10);
    expect(mostCarried(await searchMost(4, BOUNDS, hostFor(1).attempt))).toBe(0);
  });

  it.each([0, 3, 4, 9, 47, 200])("finds %i by halving, with few tries", (most) => {
    let tries = 0;
    const isFine = (guests: number) => {
      tries += 1;
      return guests <= most;
    };
    expect(halveToMost(4, 200, isFine)).toBe(most);
    expect(tries).toBeLessThan(10);
  });
});
