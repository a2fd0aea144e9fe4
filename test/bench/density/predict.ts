/** What the simulator says of some number of guests. */
import { sum } from "../../../host/src/model/bytes.ts";
import type { Controller, ControllerMaker, WorldView } from "../../../host/src/simulate/controller.ts";
import { BALLAST, Ballast } from "../../../host/src/simulate/controllers/ballast.ts";
import { overheadBytes } from "../../../host/src/simulate/guest/guest.ts";
import { runController, workAlone } from "../../../host/src/simulate/run.ts";
import type { Scenario } from "../../../host/src/simulate/scenario.ts";
import { settingsOf } from "../real/budget.ts";
import { type DensityRule, scenarioUnder } from "./rules.ts";
import type { Carried } from "./verdict.ts";

/** Of guests of the testbed, under a rule that is told what the real one is told. */
export function predictTestbed(guests: number, rule: DensityRule, maker: ControllerMaker): Carried {
  const scenario = scenarioUnder(rule, guests);
  return predict(scenario, asOnTestbed(scenario, maker));
}

/** Of any scenario. */
export function predict(scenario: Scenario, maker: ControllerMaker): Carried {
  const { outcome, lostShare } = runController(scenario, maker, workAlone(scenario));
  return {
    guests: scenario.guests.length,
    kills: outcome.kills + outcome.hostKills,
    lostShare,
    overdrawn: outcome.hostShortMs > 0,
  };
}

/** Ballast has the broker's settings. The others see a host without what emulation takes beside the guests: a share of the host counts for them. */
function asOnTestbed(scenario: Scenario, maker: ControllerMaker): ControllerMaker {
  if (maker === BALLAST)
    return { ...maker, make: ({ accounting }) => new Ballast(accounting, settingsOf(scenario)) };
  const besideBytes = sum(scenario.guests, overheadBytes);
  return { ...maker, make: (setup) => withoutOverhead(maker.make(setup), besideBytes) };
}

function withoutOverhead(inner: Controller, besideBytes: number): Controller {
  const { name, tickMs } = inner;
  return { name, tickMs, tick: (world) => inner.tick(smaller(world, besideBytes)) };
}

function smaller(world: WorldView, besideBytes: number): WorldView {
  const { nowMs, host, guests } = world;
  return {
    nowMs,
    guests,
    host: { ...host, totalBytes: host.totalBytes - besideBytes },
    setTarget: (name, bytes) => world.setTarget(name, bytes),
    tickWithin: (delayMs) => world.tickWithin(delayMs),
    answer: (name, sequence, answer) => world.answer(name, sequence, answer),
  };
}
