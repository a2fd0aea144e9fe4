import { describe, expect, it } from "vitest";
import { GIB, MIB } from "../../../../../host/src/model/bytes.ts";
import type { Controller } from "../../../../../host/src/simulate/controller.ts";
import type { Scenario } from "../../../../../host/src/simulate/scenario.ts";
import { Measure } from "../../../../../host/src/simulate/world/measure.ts";
import { World } from "../../../../../host/src/simulate/world/world.ts";
import { aHostPlan, aPhase, aPlan, aScenario } from "../../../../fakes/guest-plans.ts";

/** Commands the first guest's targets at their times. */
function scripted(targets: Readonly<Record<number, number>>): Controller {
  return {
    name: "script",
    tickMs: 1000,
    tick: (world) => {
      const target = targets[world.nowMs];
      if (target !== undefined) world.setTarget("g1", target);
      return 1000;
    },
  };
}

function measured(
  scenario: Partial<Scenario>,
  targets: Readonly<Record<number, number>> = {},
  splitBytes = GIB,
) {
  const world = new World(aScenario(scenario), scripted(targets), new Map([["g1", GIB]]));
  const measure = new Measure(new Map([["g1", splitBytes]]));
  world.run(1000, () => measure.look(world));
  return measure.outcome(world);
}

describe("turns", () => {
  it("are counted when a target changes its direction within 100 s", () => {
    const down = 800 * MIB;
    const up = 900 * MIB;
    expect(measured({ durationMs: 200_000 }, { 1000: down, 2000: up, 50000: down }).reversals).toBe(2);
    expect(measured({ durationMs: 300_000 }, { 1000: down, 150000: up }).reversals).toBe(0);
    expect(measured({ durationMs: 200_000 }, { 1000: up, 2000: down }).reversals).toBe(0);
  });
});

describe("what is not measured", () => {
  it("is all that happens before the world has warmed up", () => {
    const phases = [aPhase({ anonBytes: 300 * MIB }), aPhase({ fromMs: 1000, anonBytes: 2 * GIB })];
    const guests = [aPlan({ phases })];
    expect(measured({ guests, durationMs: 20_000 }).kills).toBe(1);
    const late = measured({ guests, durationMs: 20_000, warmUpMs: 15_000 }, { 1000: 900 * MIB });
    expect(late).toMatchObject({ kills: 0, commands: 0 });
    expect(late.busyMs).toBeLessThanOrEqual(5000);
  });
});

describe("memory lent", () => {
  const phases = [aPhase({ anonBytes: 500 * MIB })];

  it("is what a guest needs and has beyond its share of a split, on average", () => {
    const guests = [aPlan({ phases })];
    const outcome = measured({ guests, durationMs: 10_000 }, {}, 400 * MIB);
    expect(outcome.lentBytes / MIB).toBeGreaterThan(200);
    expect(outcome.lentBytes / MIB).toBeLessThan(250);
    expect(measured({ guests, durationMs: 10_000 }, {}, GIB).lentBytes).toBe(0);
  });

  it("counts only what it really has of what it needs", () => {
    const wanting = [aPhase(), aPhase({ fromMs: 1000, anonBytes: 600 * MIB, touchBytesPerSecond: MIB })];
    const slow = measured({ guests: [aPlan({ phases: wanting })], durationMs: 10_000 }, {}, 300 * MIB);
    expect(slow.lentBytes).toBe(0);
  });
});

describe("a guarantee", () => {
  it("that a target falls below is reported with how much is missing", () => {
    const guests = [aPlan({ minBytes: 700 * MIB })];
    expect(measured({ guests, durationMs: 5000 }, { 1000: 650 * MIB }).belowGuaranteeBytes).toBe(50 * MIB);
    expect(measured({ guests, durationMs: 5000 }, { 1000: 700 * MIB }).belowGuaranteeBytes).toBe(0);
  });
});

describe("a host that was short", () => {
  it("is reported with its duration and with the guests that it killed", () => {
    const guests = [aPlan({ phases: [aPhase(), aPhase({ fromMs: 1000, anonBytes: 800 * MIB })] })];
    const host = aHostPlan({ totalBytes: 1.5 * GIB });
    const outcome = measured({ guests, host, durationMs: 20_000 });
    expect(outcome).toMatchObject({ kills: 1, hostKills: 1 });
    expect(outcome.hostShortMs).toBeGreaterThan(0);
  });
});
