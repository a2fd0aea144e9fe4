import { describe, expect, it } from "vitest";
import { GIB } from "../../../../host/src/model/bytes.ts";
import {
  CONTROLLERS,
  type Figures,
  figuresOf,
  judge,
  standing,
} from "../../../../host/src/simulate/compare.ts";
import type { Run } from "../../../../host/src/simulate/run.ts";

function figures(controller: string, kills: number, lostShare: number, lentGib: number): Figures {
  const calm = { hostKills: 0, reversals: 0, commands: 0, hostShortMs: 0 };
  return { controller, kills, lostShare, lentBytes: lentGib * GIB, ...calm };
}

function run(kills: number, lostShare: number, lentBytes: number): Run {
  const rest = {
    busyMs: 0,
    doneMs: 0,
    hostShortMs: 1000 * kills,
    reversals: 3,
    commands: 9,
    belowGuaranteeBytes: 0,
  };
  return { controller: "x", lostShare, outcome: { kills, hostKills: 1, lentBytes, ...rest } };
}

describe("summing up runs", () => {
  it("adds kills and averages the rest", () => {
    expect(figuresOf("x", [run(1, 0.1, 100), run(3, 0.3, 300)])).toEqual({
      controller: "x",
      kills: 4,
      hostKills: 2,
      lostShare: 0.2,
      lentBytes: 200,
      reversals: 3,
      commands: 9,
      hostShortMs: 2000,
    });
  });
});

describe("standing", () => {
  it.each([
    ["kills come first", figures("a", 0, 0.5, 0), figures("b", 1, 0, 9), "better"],
    ["then lost work", figures("a", 0, 0.1, 9), figures("b", 0, 0.05, 0), "worse"],
    ["then memory lent", figures("a", 0, 0, 5), figures("b", 0, 0, 4), "better"],
    ["small differences are none", figures("a", 0, 0.001, 5), figures("b", 0, 0.002, 5.04), "equal"],
  ])("%s", (_rule, ours, theirs, expected) => {
    expect(standing(ours, theirs)).toBe(expected);
  });

  it("turns round with its sides", () => {
    const [ours, theirs] = [figures("a", 0, 0.1, 1), figures("b", 0, 0.2, 1)];
    expect([standing(ours, theirs), standing(theirs, ours)]).toEqual(["better", "worse"]);
  });
});

describe("judging", () => {
  const rows = judge([
    figures("ballast", 0, 0, 9),
    figures("proxmox", 2, 0.1, 3),
    figures("clairvoyant", 0, 0, 10),
  ]);

  it("measures what was lent by the clairvoyant", () => {
    expect(rows.map(({ ofClairvoyantShare }) => ofClairvoyantShare)).toEqual([0.9, 0.3, 1]);
  });

  it("sets Ballast against those that could be real, not against itself or the clairvoyant", () => {
    expect(rows.map(({ ballastIs }) => ballastIs)).toEqual([undefined, "better", undefined]);
  });

  it("says nothing of what did not run", () => {
    expect(judge([figures("proxmox", 0, 0, 1)])).toEqual([figures("proxmox", 0, 0, 1)]);
  });
});

describe("the controllers", () => {
  it("are Ballast, the baselines, and the clairvoyant as the last", () => {
    const names = CONTROLLERS.map(({ name }) => name);
    expect([names[0], names.at(-1)]).toEqual(["ballast", "clairvoyant"]);
    expect(names).toEqual(expect.arrayContaining(["static-split", "deflate-on-oom", "proxmox", "mom"]));
  });
});
