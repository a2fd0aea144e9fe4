import { describe, expect, it } from "vitest";
import { plain } from "../../../host/src/cli/format/paint.ts";
import { MIB } from "../../../host/src/model/bytes.ts";
import { figuresOf, isFine } from "../../quickstart/figures.ts";
import type { Outcome } from "../../quickstart/outcome.ts";
import { PACE } from "../../quickstart/plot.ts";
import { summary } from "../../quickstart/summary.ts";
import { observation } from "./observations.ts";

const FULL = { used: 110, actual: 512, held: 420 };
const LENT = { used: 110, actual: 300, held: 420 };
const LEAST = { used: 110, actual: 230, held: 360 };
const BACK = { used: 110, actual: 260, held: 360 };
const BURSTING = { used: 390, actual: 490, held: 560 };

const STORY: Outcome = {
  record: [
    observation("taking", [FULL, FULL, FULL]),
    observation("taking", [LENT, LENT, LENT], { roundTripMs: 300 }),
    observation("burst", [LENT, LENT, LENT], { roundTripMs: 300 }),
    observation("burst", [LEAST, LEAST, BURSTING], { roundTripMs: 80 }),
    observation("return", [BACK, BACK, LENT], { roundTripMs: 120 }),
  ],
  burstStatus: 0,
  oomKills: { web1: 0, web2: 0, db1: 0 },
};

function text(outcome: Outcome, kind: "real" | "simulated" = "real"): string {
  return summary(kind, PACE, outcome, figuresOf(outcome), plain).join("\n");
}

describe("a story's figures", () => {
  it("tell what was lent, what was given and what came back", () => {
    const figures = figuresOf(STORY);
    expect(figures.mostBytes - figures.beforeBytes).toBe(190 * MIB);
    expect(figures.mostUsedBytes).toBe(390 * MIB);
    expect(figures.peakHeldBytes).toBe(1280 * MIB);
    expect(figures.lenders[0]).toEqual({
      name: "web1",
      firstBytes: 512 * MIB,
      beforeBytes: 300 * MIB,
      leastBytes: 230 * MIB,
      lastBytes: 260 * MIB,
    });
  });

  it("take the burst's first demand, not one from before", () => {
    expect(figuresOf(STORY).demandToMemoryMs).toBe(80);
    const calm = STORY.record.map(({ roundTripMs: _none, ...seen }) => seen);
    expect(figuresOf({ ...STORY, record: calm }).demandToMemoryMs).toBeUndefined();
  });

  it("are fine only when no program was killed, the budget was kept and the burst finished", () => {
    expect(isFine(figuresOf(STORY))).toBe(true);
    expect(isFine(figuresOf({ ...STORY, oomKills: { ...STORY.oomKills, web2: 1 } }))).toBe(false);
    expect(isFine(figuresOf({ ...STORY, burstStatus: 137 }))).toBe(false);
    const { burstStatus: _late, ...unfinished } = STORY;
    expect(isFine(figuresOf(unfinished))).toBe(false);
    const beyond = observation("burst", [FULL, FULL, { ...BURSTING, held: 561 }]);
    expect(isFine(figuresOf({ ...STORY, record: [...STORY.record, beyond] }))).toBe(false);
  });

  it("cannot be had of nothing", () => {
    expect(() => figuresOf({ ...STORY, record: [] })).toThrow("nothing was seen");
  });
});

describe("the summary", () => {
  it("says the figures in words", () => {
    const said = text(STORY);
    expect(said).toContain("web1 0, web2 0, db1 0");
    expect(said).toContain("1400 MiB, kept: the host held at most 1280 MiB");
    expect(said).toContain("80 ms from db1's first demand");
    expect(said).toContain("190 MiB at most: it had 300 MiB before the burst and 490 MiB at its height");
    expect(said).toContain("282 MiB, 70 of it for the burst; has 30 MiB of it back by now");
    expect(said).toContain("The 300 MiB that db1 had before it cannot hold the 390 MiB that it used.");
    expect(said).toContain("bootProtect 1s");
    expect(said).toContain("Nobody was killed, and the budget was kept.");
  });

  it("says so when nothing had to be lent", () => {
    const record = [observation("taking", [LENT, LENT, FULL]), observation("burst", [LENT, LENT, FULL])];
    expect(text({ ...STORY, record })).toContain("nothing: it still had the 512 MiB");
  });

  it("says of simulated guests that they are", () => {
    expect(text(STORY, "simulated")).toContain("Summary, SIMULATED guests");
    expect(text(STORY, "simulated")).not.toContain("guests like these");
  });

  it("names everything that went wrong", () => {
    const said = text({ ...STORY, burstStatus: 137, oomKills: { web1: 0, web2: 0, db1: 1 } });
    expect(said).toContain("db1: KILLED");
    expect(said).toContain(
      "Not as promised: a program was killed because memory ran out, the burst did not finish.",
    );
  });
});
