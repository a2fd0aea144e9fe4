/** Which samples are worth a report. */
import { describe, expect, it } from "vitest";
import { isSignificant, type ReportKey } from "../../../../guest/src/judgement/significance.ts";

const MIB = 1024 * 1024;
const LIMITS = { significantBytes: 4 * MIB, heartbeatMs: 2000 };
const LAST: ReportKey = {
  atMs: 0,
  availableBytes: 100 * MIB,
  totalBytes: 160 * MIB,
  pressure: "none",
  oomKills: 0,
};

describe("a report", () => {
  it.each([
    ["is sent when none was before", { atMs: 1 }, undefined, true],
    ["is not sent for nothing", { atMs: 500 }, LAST, false],
    ["is the heartbeat after two seconds, a little early or late", { atMs: 1950 }, LAST, true],
    ["is sent for a fall", { atMs: 150, availableBytes: 95 * MIB }, LAST, true],
    ["is sent for a rise", { atMs: 150, availableBytes: 105 * MIB }, LAST, true],
    ["is not sent for a small change", { atMs: 150, availableBytes: 97 * MIB }, LAST, false],
    ["is not sent more than ten times a second", { atMs: 99, availableBytes: 50 * MIB }, LAST, false],
    ["is sent at once when pressure changes", { atMs: 20, pressure: "low" }, LAST, true],
    ["is sent at once when a process was killed", { atMs: 20, oomKills: 1 }, LAST, true],
    [
      "needs two percent of a big guest",
      { atMs: 500, totalBytes: 1000 * MIB, availableBytes: 90 * MIB },
      LAST,
      false,
    ],
  ] as const)("%s", (_, change, last, expected) => {
    expect(isSignificant({ ...LAST, ...change }, last, LIMITS)).toBe(expected);
  });
});
