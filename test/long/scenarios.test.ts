/** Proves that real guests end as the simulator says: the same script, killed under a static split and alive under Ballast. */
import { describe, expect, it } from "vitest";
import { MIB } from "../../host/src/model/bytes.ts";
import { TESTBED_SCENARIOS } from "../../host/src/simulate/scenarios/testbed.ts";
import { outcomeOf, type Rule } from "../bench/real/outcome.ts";
import { predict } from "../bench/real/predict.ts";
import { playScenario, steeringOf } from "../bench/real/stage.ts";
import { skipReason } from "../testbed/requirements.ts";

/** The first of its two bursts. */
const DURATION_MS = 55_000;
const BURST_BYTES = 290 * MIB;
const reason = skipReason();

describe.skipIf(reason !== undefined)(`the scenario testbed-burst (${reason ?? "QEMU"})`, () => {
  const maker = TESTBED_SCENARIOS.find(({ name }) => name === "testbed-burst");

  it.each([
    {
      rule: "split",
      title: "kills the bursting program of a guest that has its share and no more",
      kills: 1,
    },
    { rule: "ballast", title: "lets it have what it needs", kills: 0 },
  ] satisfies { rule: Rule; title: string; kills: number }[])(
    "under $rule $title, as predicted",
    async (row) => {
      if (maker === undefined) throw new RangeError("no such scenario");
      const scenario = { ...maker.make(1), durationMs: DURATION_MS };
      const predicted = predict(scenario, row.rule).map(({ name, kills }) => ({ name, kills }));
      expect(predicted.find(({ name }) => name === "ci")?.kills).toBe(row.kills);
      const seen = await playScenario(scenario, steeringOf(row.rule));
      expect(seen.map((one) => outcomeOf(one, scenario)).map(({ name, kills }) => ({ name, kills }))).toEqual(
        predicted,
      );
      const held = seen.find(({ plan }) => plan.name === "ci")?.looks.at(-1)?.anonBytes;
      expect(held).toBe(row.kills > 0 ? 0 : BURST_BYTES);
    },
  );
});
