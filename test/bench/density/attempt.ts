/** Owns trying a number of real guests under a rule. */
import { MIB, sum } from "../../../host/src/model/bytes.ts";
import type { Controller, ControllerMaker } from "../../../host/src/simulate/controller.ts";
import type { Scenario } from "../../../host/src/simulate/scenario.ts";
import { TESTBED_DENSITY_BYTES } from "../../../host/src/simulate/scenarios/density.ts";
import { splittableBytes } from "../../../host/src/simulate/world/split.ts";
import { playScenario, type Seen, type Stage, startAtSplit, startBroker } from "../real/stage.ts";
import { besideBytes, watchHeld } from "./held.ts";
import { DEADLINE_MS, lostOf, lostShare } from "./lost.ts";
import { NO_FUTURE, RealWorld } from "./real-world.ts";
import { type DensityRule, scenarioUnder } from "./rules.ts";
import type { Carried } from "./verdict.ts";

/** So many looks in a row, a second apart, above what there is: a host without swap would have killed by then. */
const OVERDRAWN_LOOKS = 2;

/** What came of it, with more for the one who looks on. */
export interface Attempt extends Carried {
  readonly mostHeldBytes: number;
  /** Guest by guest, in words. */
  readonly detail: string;
}

/** Plays the testbed's mixed load with so many real guests. */
export async function tryReal(guests: number, rule: DensityRule): Promise<Attempt> {
  const scenario = scenarioUnder(rule, guests);
  let held: number[] = [];
  const seen = await playScenario(
    scenario,
    async (stage) => {
      await steer(stage, rule);
      held = watchHeld(stage.actors, stage.cleanup);
    },
    { backlogMs: DEADLINE_MS },
  );
  return judge(scenario, seen, held, rule);
}

async function steer(stage: Stage, { name, maker, ksm }: DensityRule): Promise<void> {
  if (maker === undefined) return;
  await startAtSplit(stage);
  if (name.startsWith("ballast")) {
    const budgetMib = Math.round((TESTBED_DENSITY_BYTES + besideBytes(stage.actors)) / MIB);
    await startBroker(stage, { budgetMib, ...(ksm === true && { ksm: { mode: "adaptive" } }) });
    return;
  }
  const world = new RealWorld(stage.actors, controllerOf(stage.scenario, maker), TESTBED_DENSITY_BYTES);
  world.start();
  stage.cleanup.add(() => world.stop());
}

function controllerOf(scenario: Scenario, maker: ControllerMaker): Controller {
  return maker.make({
    accounting: scenario.accounting,
    splitBytes: splittableBytes(scenario),
    future: NO_FUTURE,
  });
}

function judge(
  { warmUpMs, durationMs }: Scenario,
  seen: readonly Seen[],
  held: readonly number[],
  rule: DensityRule,
): Attempt {
  const lost = seen.map(({ plan, looks }) => lostOf(plan, looks, warmUpMs, durationMs));
  const isOver = (bytes: number | undefined) => bytes !== undefined && bytes > TESTBED_DENSITY_BYTES;
  const overdrawn =
    rule.maker !== undefined &&
    held.some((_, i) => held.slice(i, i + OVERDRAWN_LOOKS).filter(isOver).length === OVERDRAWN_LOOKS);
  return {
    guests: seen.length,
    kills: sum(seen, ({ kills }) => kills),
    lostShare: lostShare(lost),
    overdrawn,
    mostHeldBytes: Math.max(0, ...held),
    detail: seen
      .map(({ plan, kills }, i) => {
        const { busyMs = 0, lostMs = 0 } = lost[i] ?? {};
        const share = busyMs === 0 ? 0 : (100 * lostMs) / busyMs;
        return `${plan.name} lost ${share.toFixed(1)} %${kills > 0 ? `, killed ${kills}` : ""}`;
      })
      .join("; "),
  };
}
