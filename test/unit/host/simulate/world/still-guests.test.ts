import { describe, expect, it, vi } from "vitest";
import { GIB, MIB } from "../../../../../host/src/model/bytes.ts";
import { SimulatedAgent } from "../../../../../host/src/simulate/agent/agent.ts";
import { BALLAST } from "../../../../../host/src/simulate/controllers/ballast.ts";
import { type Run, runController } from "../../../../../host/src/simulate/run.ts";
import type { AgentPlan, Scenario } from "../../../../../host/src/simulate/scenario.ts";
import {
  guest,
  HONEST,
  host,
  minutes,
  rest,
  seconds,
  several,
  work,
} from "../../../../../host/src/simulate/scenarios/scenario-builder.ts";

/** Sleepers that one of them wakes from, on a host that is tight enough to squeeze them. */
function world(agent: AgentPlan): Scenario {
  const wakes = work(
    { anonBytes: 300 * MIB, busy: false },
    { fromMs: seconds(207.3), anonBytes: 2.5 * GIB, touchBytesPerSecond: 700 * MIB, busy: true },
  );
  return {
    name: "still",
    title: "Still guests",
    description: "",
    durationMs: minutes(5),
    warmUpMs: 0,
    host: host(8 * GIB, GIB),
    guests: [
      guest("wakes", 4 * GIB, wakes, { agent, minBytes: 512 * MIB }),
      ...several(3, (number) =>
        guest(`sleeps${number}`, 4 * GIB, rest(400 * MIB), {
          agent,
          minBytes: 512 * MIB,
          staleCacheBytes: GIB,
        }),
      ),
    ],
    accounting: "strict",
  };
}

/** A run, and how often agents looked. */
function play(agent: AgentPlan): { run: Run; samples: number } {
  const sample = vi.spyOn(SimulatedAgent.prototype, "sample");
  try {
    return { run: runController(world(agent), BALLAST, 1), samples: sample.mock.calls.length };
  } finally {
    sample.mockRestore();
  }
}

describe("guests in which nothing moves", () => {
  it("are sampled less often by the simulator, with the same result", () => {
    const spared = play(HONEST);
    // An agent that may fall silent is looked at whenever it would sample.
    const watched = play({ ...HONEST, silent: [{ fromMs: minutes(60), toMs: minutes(61) }] });
    const [a, b] = [spared.run.outcome, watched.run.outcome];
    expect([a.kills, a.doneMs, a.hostShortMs]).toEqual([b.kills, b.doneMs, b.hostShortMs]);
    expect(a.lentBytes / b.lentBytes).toBeCloseTo(1, 2);
    expect(a.commands).toBeGreaterThan(3);
    expect(spared.samples).toBeLessThan(watched.samples / 2);
  });
});
