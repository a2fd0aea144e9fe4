import { describe, expect, it } from "vitest";
import { MIB } from "../../../../host/src/model/bytes.ts";
import { guest, work } from "../../../../host/src/simulate/scenarios/scenario-builder.ts";
import { TESTBED_SCENARIOS } from "../../../../host/src/simulate/scenarios/testbed.ts";
import { playArguments, scriptOf } from "../../../bench/real/player.ts";

describe("a script for a real guest", () => {
  it("says phase by phase what is touched and read, in the workload's units", () => {
    const phases = work(
      { anonBytes: 20 * MIB, touchBytesPerSecond: 50 * MIB },
      { fromMs: 40_000, anonBytes: 30 * MIB, hotBytes: 10 * MIB, readsPerSecond: 500 },
    );
    const plan = guest("a", 512 * MIB, phases, { staleCacheBytes: 5 * MIB });
    expect(playArguments(scriptOf(plan, 60_000)).join(" ")).toBe(
      "play --folder /scratch --seconds 60 --phases 0:20480:51200:0:0,40000:30720:51200:10240:500 --stale-mb 5 --stale-reads 1",
    );
  });

  it("says how long a read may wait, where that is not as usual", () => {
    const script = scriptOf(guest("a", 512 * MIB, work({ anonBytes: MIB })), 1_000);
    expect(playArguments(script)).not.toContain("--backlog-ms");
    expect(playArguments({ ...script, backlogMs: 2_000 }).join(" ")).toContain("--backlog-ms 2000");
  });

  it("is refused for what the testbed's guests cannot do", () => {
    const phases = work({ anonBytes: 0 });
    for (const odd of [{ os: "windows" as const }, { swapBytes: MIB }, { rebootsAtMs: [1_000] }])
      expect(() => scriptOf(guest("a", 512 * MIB, phases, odd), 1_000)).toThrow(RangeError);
    expect(() => scriptOf(guest("a", 512 * MIB, work({ streamBytesPerSecond: 1 })), 1_000)).toThrow(
      RangeError,
    );
  });

  it("can be played in every scenario of the testbed", () => {
    const plans = TESTBED_SCENARIOS.flatMap(({ make }) => make(1).guests);
    expect(plans.length).toBeGreaterThan(20);
    for (const plan of plans) expect(playArguments(scriptOf(plan, 60_000)).length).toBeGreaterThan(5);
  });
});
