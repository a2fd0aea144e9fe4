/** What the agent accepts of the host's wishes. */
import { expect, it } from "vitest";
import { acceptTuning } from "../../../../guest/src/judgement/tuning.ts";

const MIB = 1024 * 1024;

it("has safe defaults", () => {
  expect(acceptTuning(undefined)).toEqual({
    shortestIntervalMs: 20,
    longestIntervalMs: 2000,
    heartbeatMs: 2000,
    significantBytes: 4 * MIB,
    assumedGrowthBytesPerSecond: 256 * MIB,
    hostHelpMs: undefined,
  });
});

it("keeps its own bounds whatever the host wishes", () => {
  const nothing = { minIntervalMs: 0, maxIntervalMs: 0, heartbeatMs: 0, significantBytes: 0, helpMs: 0 };
  expect(acceptTuning({ ...nothing, assumedGrowthBytesPerSecond: 0 })).toEqual({
    shortestIntervalMs: 10,
    longestIntervalMs: 250,
    heartbeatMs: 500,
    significantBytes: MIB,
    assumedGrowthBytesPerSecond: 16 * MIB,
    hostHelpMs: 5,
  });
  expect(
    acceptTuning({ minIntervalMs: 1e9, maxIntervalMs: 1e9, heartbeatMs: 1e9, helpMs: 1e9 }),
  ).toMatchObject({
    shortestIntervalMs: 200,
    longestIntervalMs: 5000,
    heartbeatMs: 10_000,
    hostHelpMs: 2000,
  });
});
