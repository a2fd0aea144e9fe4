import { describe, expect, it } from "vitest";
import { TESTBED_SCENARIOS } from "../../../../host/src/simulate/scenarios/testbed.ts";
import { startSizes } from "../../../bench/real/budget.ts";
import { summarize } from "../../../bench/real/outcome.ts";
import { predict } from "../../../bench/real/predict.ts";

/** Whose guest dies at its full size, whoever controls its balloon. */
const DOOMED = "testbed-leak";

describe("the prediction of what real guests do", () => {
  it.each(TESTBED_SCENARIOS.map(({ name, make }) => [name, make(1)] as const))(
    "%s: Ballast loses no program that can be saved, and does more than a split",
    (name, scenario) => {
      const [split, ballast] = [predict(scenario, "split"), predict(scenario, "ballast")].map(summarize);
      expect(ballast?.kills).toBe(name === DOOMED ? 1 : 0);
      expect(ballast?.doneShare).toBeGreaterThan((split?.doneShare ?? 1) + 0.05);
    },
  );

  it("leaves a split where it begins", () => {
    for (const { make } of TESTBED_SCENARIOS) {
      const scenario = make(1);
      const sizes = startSizes(scenario);
      for (const { name, leastBytes } of predict(scenario, "split"))
        expect(Math.abs(leastBytes - (sizes.get(name) ?? 0))).toBeLessThan(2 ** 20);
    }
  });
});
