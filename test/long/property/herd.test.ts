import { describe, expect, it, vi } from "vitest";
import { BALLAST } from "../../../host/src/simulate/controllers/ballast.ts";
import { runController } from "../../../host/src/simulate/run.ts";
import { THUNDERING_HERD } from "../../../host/src/simulate/scenarios/bursts.ts";

// Half an hour of sixteen guests each, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 300_000 });

const SEEDS = Array.from({ length: 40 }, (_, i) => i + 1);

describe("a herd that draws what there is on the same second", () => {
  it("kills no program in the first forty worlds, whichever guest takes most and whichever gives most", () => {
    const killed = SEEDS.filter((seed) => {
      const { kills, hostKills } = runController(THUNDERING_HERD.make(seed), BALLAST, 1).outcome;
      return kills + hostKills > 0;
    });
    expect(killed).toEqual([]);
  });
});
