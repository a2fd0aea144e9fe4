import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeAgentContract } from "./agent.contract.ts";
import { playAndClose, type TimedLook } from "./agent-play.ts";
import { sceneArbitrary } from "./agent-traces.ts";
import { makeModel, makeReal } from "./agents.ts";

describeAgentContract("the real agent", makeReal);
describeAgentContract("the simulator's agent", makeModel);

/** What only one of the two knows: the guest's boot, the host's clock, zones that a simulated kernel does not have. */
const TOLD_BY_ONE = ["receivedAtMs", "bootId", "watermarkReserveBytes"];

/** What the model says of each look, and the real agent's word on the same. */
function told(model: TimedLook, other: TimedLook | undefined) {
  const keysOf = (said: object | undefined) =>
    Object.keys(said ?? {}).filter((key) => !TOLD_BY_ONE.includes(key));
  const pick = (said: object | undefined, keys: readonly string[]) =>
    said &&
    Object.fromEntries(keys.map((key) => [key, Object.entries(said).find(([name]) => name === key)?.[1]]));
  return {
    atMs: other?.atMs,
    nextMs: other?.nextMs,
    report: pick(other?.report, keysOf(model.report)),
    demand: pick(
      other?.demand,
      keysOf(model.demand).filter((key) => key !== "sequence"),
    ),
  };
}

describe("the real agent and its model, in the same guest", () => {
  it("look, report and call at the same moments and with the same words, in any life of its memory", () => {
    let calls = 0;
    fc.assert(
      fc.property(sceneArbitrary, (scene) => {
        const model = playAndClose(makeModel, scene()).looks;
        const real = playAndClose(makeReal, scene()).looks;
        calls += model.filter(({ demand }) => demand !== undefined).length;
        for (const [i, look] of model.entries()) expect(told(look, real[i])).toEqual(told(look, look));
        expect(real.length).toBe(model.length);
      }),
      { numRuns: 150, seed: 20_261_125 },
    );
    expect(calls).toBeGreaterThan(500);
  });
});
