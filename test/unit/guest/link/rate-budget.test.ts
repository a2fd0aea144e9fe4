/** A bounded rate. */
import { beforeEach, describe, expect, it } from "vitest";
import { RateBudget } from "../../../../guest/src/link/rate-budget.ts";

describe("a budget of 10 a second, 20 at once", () => {
  let budget: RateBudget;
  beforeEach(() => {
    budget = new RateBudget(10, 20);
    budget.refill(1000);
  });

  it("is closed once all is spent, and open again when time has passed", () => {
    budget.spend(20);
    expect(budget.isOpen).toBe(false);
    budget.refill(1100);
    expect(budget.isOpen).toBe(true);
  });

  it("must be paid back when more was spent than there was", () => {
    budget.spend(50);
    expect(budget.debt).toBe(30);
    budget.refill(4000);
    expect([budget.debt, budget.isOpen]).toEqual([0, false]);
    budget.refill(4100);
    expect(budget.isOpen).toBe(true);
  });

  it("saves up no more than it gives at once", () => {
    budget.refill(1_000_000);
    budget.spend(20);
    expect(budget.isOpen).toBe(false);
  });

  it("gives nothing for a clock that goes back", () => {
    budget.spend(20);
    budget.refill(0);
    expect(budget.isOpen).toBe(false);
  });
});
