/** Owns what the simulator says of a scenario that real guests play. */
import { Ballast } from "../../../host/src/simulate/controllers/ballast.ts";
import { StaticSplit } from "../../../host/src/simulate/controllers/static-split.ts";
import type { Scenario } from "../../../host/src/simulate/scenario.ts";
import { splittableBytes } from "../../../host/src/simulate/world/split.ts";
import { World } from "../../../host/src/simulate/world/world.ts";
import { settingsOf, startSizes } from "./budget.ts";
import type { GuestOutcome, Rule } from "./outcome.ts";

const LOOK_MS = 250;

/** Runs the scenario in the simulator. */
export function predict(scenario: Scenario, rule: Rule): GuestOutcome[] {
  const sizes = startSizes(scenario);
  const { accounting } = scenario;
  const controller =
    rule === "ballast"
      ? new Ballast(accounting, settingsOf(scenario))
      : new StaticSplit("static-split", { splitBytes: splittableBytes(scenario) });
  const world = new World(scenario, controller, sizes);
  const least = new Map<string, number>();
  const before = new Map<string, { kills: number; busyMs: number; doneMs: number }>();
  world.run(LOOK_MS, ({ nowMs, guests }) => {
    for (const { guest, name, actualBytes } of guests) {
      guest.advance(nowMs);
      if (nowMs < scenario.warmUpMs) before.set(name, { ...guest.work });
      else least.set(name, Math.min(least.get(name) ?? actualBytes, actualBytes));
    }
  });
  return world.guests.map(({ name, guest }) => {
    const { kills, busyMs, doneMs } = guest.work;
    const zero = before.get(name) ?? { kills: 0, busyMs: 0, doneMs: 0 };
    return {
      name,
      kills: kills - zero.kills,
      busyMs: busyMs - zero.busyMs,
      doneMs: doneMs - zero.doneMs,
      leastBytes: least.get(name) ?? 0,
    };
  });
}
