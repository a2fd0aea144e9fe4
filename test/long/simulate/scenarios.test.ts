import { describe, expect, it } from "vitest";
import { CONTROLLERS } from "../../../host/src/simulate/compare.ts";
import { BALLAST } from "../../../host/src/simulate/controllers/ballast.ts";
import { CLAIRVOYANT } from "../../../host/src/simulate/controllers/clairvoyant.ts";
import { runController, workAlone } from "../../../host/src/simulate/run.ts";
import type { Scenario } from "../../../host/src/simulate/scenario.ts";
import { SCENARIOS } from "../../../host/src/simulate/scenarios/catalogue.ts";
import { fleet } from "../../../host/src/simulate/scenarios/fleet.ts";
import { randomWorld } from "../../../host/src/simulate/scenarios/random-world.ts";

const MAKERS = SCENARIOS.map((maker) => [maker.name, maker] as const);

/** Its beginning: enough for thousands of decisions. */
function beginningOf(scenario: Scenario): Scenario {
  return { ...scenario, durationMs: scenario.warmUpMs + 8 * 60_000 };
}

describe("every scenario", () => {
  it.each(MAKERS)("%s runs the same way each time", (_name, maker) => {
    const world = beginningOf(maker.make(1));
    const aloneMs = workAlone(world);
    const first = runController(world, BALLAST, aloneMs);
    expect(runController(beginningOf(maker.make(1)), BALLAST, aloneMs)).toEqual(first);
    expect(first.outcome.commands).toBeGreaterThan(0);
  });

  it.each(MAKERS)("%s is fair: the clairvoyant kills no program and loses almost no work", (_name, maker) => {
    const world = maker.make(1);
    const { outcome, lostShare } = runController(world, CLAIRVOYANT, workAlone(world));
    expect(outcome.kills).toBe(0);
    expect(lostShare).toBeLessThan(0.005);
    expect(outcome.lentBytes > 0).toBe(world.fitsSplit !== true);
  });
});

describe("every controller", () => {
  it.each(CONTROLLERS.map((maker) => [maker.name, maker] as const))(
    "%s does the same each time, in any world, and survives it",
    (_name, controller) => {
      for (const world of [randomWorld(1), randomWorld(2), randomWorld(3), fleet(20, 1, 5 * 60_000)]) {
        const first = runController(world, controller, 1);
        expect(runController(world, controller, 1)).toEqual(first);
      }
    },
  );
});
