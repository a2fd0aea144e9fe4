import { describe, expect, it } from "vitest";
import { GIB, MIB } from "../../../../host/src/model/bytes.ts";
import type {
  Controller,
  ControllerMaker,
  ControllerSetup,
} from "../../../../host/src/simulate/controller.ts";
import { BALLAST } from "../../../../host/src/simulate/controllers/ballast.ts";
import { futureOf, runController, workAlone } from "../../../../host/src/simulate/run.ts";
import type { Scenario } from "../../../../host/src/simulate/scenario.ts";
import { randomWorld } from "../../../../host/src/simulate/scenarios/random-world.ts";
import { aHostPlan, aPhase, aPlan, aScenario } from "../../../fakes/guest-plans.ts";

/** A controller that does nothing, and tells what it was made with. */
function idle(deflateOnOom = false): ControllerMaker & { readonly setups: ControllerSetup[] } {
  const setups: ControllerSetup[] = [];
  const controller: Controller = { name: "idle", tickMs: 1000, tick: () => 1000 };
  const make = (setup: ControllerSetup) => {
    setups.push(setup);
    return controller;
  };
  return { name: "idle", title: "does nothing", make, setups, deflateOnOom };
}

/** Two guests that take turns in needing more than half of the host. */
const TURNS: Scenario = aScenario({
  host: aHostPlan({ totalBytes: 3.5 * GIB }),
  guests: ["a", "b"].map((name, i) =>
    aPlan({
      name,
      fullBytes: 2 * GIB,
      minBytes: 256 * MIB,
      phases: [
        aPhase(),
        aPhase({ fromMs: 10_000 + i * 30_000, anonBytes: 1.5 * GIB }),
        aPhase({ fromMs: 35_000 + i * 30_000 }),
      ],
    }),
  ),
  durationMs: 90_000,
});

describe("a run", () => {
  it("comes out the same for the same world, to the last figure", () => {
    for (const seed of [1, 2, 3]) {
      const scenario = randomWorld(seed);
      expect(runController(scenario, BALLAST, 1)).toEqual(runController(randomWorld(seed), BALLAST, 1));
    }
  });

  it("comes out otherwise in another world", () => {
    expect(runController(randomWorld(1), BALLAST, 1)).not.toEqual(runController(randomWorld(2), BALLAST, 1));
  });

  it("begins with the host split once, so that a controller that does nothing kills where needs are unequal", () => {
    const aloneMs = workAlone(TURNS);
    expect(runController(TURNS, idle(), aloneMs).outcome.kills).toBe(2);
    expect(runController(TURNS, BALLAST, aloneMs).outcome).toMatchObject({ kills: 0, hostKills: 0 });
  });

  it("tells what is lost of the work that the guests do alone", () => {
    const aloneMs = workAlone(TURNS);
    expect(aloneMs).toBeGreaterThan(170_000);
    expect(runController(TURNS, idle(), aloneMs).lostShare).toBeGreaterThan(0.2);
    expect(runController(TURNS, BALLAST, aloneMs).lostShare).toBeLessThan(0.02);
    expect(runController(TURNS, BALLAST, 0).lostShare).toBe(0);
  });

  it("lets balloons deflate on OOM under a controller that stands for it", () => {
    expect(runController(TURNS, idle(true), 1).outcome.kills).toBe(0);
  });

  it("tells a controller what can be split, and how memory is accounted", () => {
    const maker = idle();
    runController(TURNS, maker, 1);
    expect(maker.setups[0]).toMatchObject({ accounting: "strict" });
    expect(maker.setups[0]?.splitBytes).toBeLessThan(2.5 * GIB);
  });
});

describe("the future", () => {
  const future = futureOf(
    aScenario({
      host: aHostPlan({
        own: [
          { fromMs: 0, bytes: 1 },
          { fromMs: 50, bytes: 2 },
        ],
      }),
      guests: [aPlan({ bootAtMs: 10, phases: [aPhase(), aPhase({ fromMs: 20, anonBytes: 5 })] })],
    }),
  );

  it("knows each guest's phase once it runs, what it cannot give, and what the host needs", () => {
    expect(future.phaseAt("g1", 5)).toBeUndefined();
    expect(future.phaseAt("g1", 15)?.fromMs).toBe(0);
    expect(future.phaseAt("g1", 20)?.anonBytes).toBe(5);
    expect(future.fixedBytes("g1")).toBeGreaterThan(50 * MIB);
    expect([0, 49, 50].map((atMs) => future.hostOwnBytes(atMs))).toEqual([1, 1, 2]);
  });

  it("knows nothing of strangers", () => {
    expect(future.phaseAt("x", 5)).toBeUndefined();
    expect(future.fixedBytes("x")).toBe(0);
  });
});
