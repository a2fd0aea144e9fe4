import { describe, expect, it } from "vitest";
import { GIB } from "../../../host/src/model/bytes.ts";
import { type Figures, judge } from "../../../host/src/simulate/compare.ts";
import { countOf, exceptions, goalsOf } from "../../bench/policy/goals.ts";
import type { MatrixLine } from "../../bench/policy/matrix.ts";
import { picture } from "../../bench/policy/picture.ts";
import { scaleTable } from "../../bench/policy/scale.ts";
import { comparisonText, readmeTable, standingsOf, terminalTable } from "../../bench/policy/text.ts";

function figures(controller: string, kills: number, lostShare: number, lentGib: number): Figures {
  const calm = { hostKills: 0, reversals: 0, commands: 0, hostShortMs: 0 };
  return { controller, kills, lostShare, lentBytes: lentGib * GIB, ...calm };
}

function line(
  scenario: string,
  ballast: [number, number, number],
  mom: [number, number, number],
): MatrixLine {
  const all = [figures("ballast", ...ballast), figures("mom", ...mom), figures("clairvoyant", 0, 0, 10)];
  return { scenario, title: `Title of ${scenario}`, short: false, rows: judge(all) };
}

const CALM = line("calm", [0, 0.001, 9.5], [4, 0.3, 2]);
const ROUGH = line("rough", [2, 0.04, 7], [0, 0.1, 6]);
const EVEN = line("even", [0, 0, 9.2], [0, 0, 9.2]);

describe("the goals", () => {
  it("are met by a matrix in which no program is killed, little lost, and nearly all lent", () => {
    expect(goalsOf([CALM, EVEN]).map(({ met }) => met)).toEqual([true, true, true, true]);
  });

  it("name the scenario that fails them", () => {
    const goals = goalsOf([CALM, ROUGH, EVEN]);
    expect(goals.map(({ met }) => met)).toEqual([false, true, false, false]);
    expect(goals.map(({ reached }) => reached)).toEqual([
      "rough 2",
      "92 %",
      "70 % (rough)",
      "4.00 % (rough)",
    ]);
  });

  it("leave out scenarios in which there is not enough for all", () => {
    expect(goalsOf([CALM, { ...ROUGH, short: true }]).map(({ met }) => met)).toEqual([
      true,
      true,
      true,
      true,
    ]);
  });

  it("are not met by nothing", () => {
    expect(
      goalsOf([])
        .slice(1)
        .map(({ met }) => met),
    ).toEqual([false, false, false]);
  });
});

describe("the comparison", () => {
  it("counts, and names every case in which Ballast is no better", () => {
    const lines = [CALM, ROUGH, EVEN];
    expect(countOf(lines, "better")).toBe(1);
    expect(exceptions(lines, "worse")).toEqual([{ scenario: "rough", controllers: ["mom"] }]);
    expect(comparisonText(lines)).toBe(
      "Ballast against each of the others in each scenario: better 1, equal 1, worse 1.\n  equal to mom in even\n  worse than mom in rough",
    );
  });

  it("is told in a few words a row", () => {
    expect([CALM, ROUGH, EVEN].map(({ rows }) => standingsOf(rows))).toEqual([
      "better than all",
      "worse than mom",
      "equal to mom",
    ]);
  });
});

describe("the tables", () => {
  it("have a row a scenario and a column a controller", () => {
    const [head, , row] = terminalTable([CALM]).split("\n");
    expect(head).toMatch(/ballast +\| mom +\| clairvoyant +\| Ballast is/);
    expect(row).toMatch(
      /^\| calm +\| 0 \/ 0.1 \/ 95 +\| 4 \/ 30.0 \/ 20 +\| 0 \/ 0.0 \/ 100 +\| better than all \|$/,
    );
  });

  it("show memory in the README, and Ballast in bold", () => {
    expect(readmeTable([CALM])).toContain("**0 · 0.1 % · 9.5 GiB, 95 %**");
  });

  it("show how decisions grow, with their p50, p99 and time a guest", () => {
    const tickMs = Array.from({ length: 100 }, (_, i) => i + 1);
    const table = scaleTable([{ guests: 10, virtualMs: 60_000, runMs: 1500, tickMs, answerMs: [] }]);
    expect(table.split("\n").at(-1)).toMatch(
      /\| 10 +\| 100 +\| 51.00 ms \| 100.00 ms \| 5100.0 µs +\| - +\| - +\| 1 min in 1.5 s \|/,
    );
  });
});

describe("the picture", () => {
  it("has a coloured cell for each controller in each scenario, and is well formed", () => {
    const svg = picture([CALM, ROUGH], 2);
    expect(svg.match(/>\d+ killed, /g)).toHaveLength(6);
    expect(svg).toContain(">0 killed, 0.1 % lost<");
    expect(svg).toContain(">lent 9.5 GiB, 95 %<");
    expect(svg.match(/<text /g)?.length).toBe(svg.match(/<\/text>/g)?.length);
    expect(svg).toMatch(/^<svg .*<\/svg>\n$/s);
  });

  it("grades by kills a run first, then by lost work and lent memory", () => {
    const fills = (kills: number, lost: number, lent: number, runs = 1) =>
      picture([line("x", [kills, lost, lent], [0, 0, 0])], runs).match(/fill="(#\w+)" stroke/)?.[1];
    const grades = [
      fills(0, 0, 10),
      fills(0, 0.04, 10),
      fills(0, 0.2, 10),
      fills(3, 0, 10),
      fills(30, 0, 10),
    ];
    expect(new Set(grades).size).toBe(5);
    expect(fills(0, 0, 5)).toBe(grades[1]);
    expect(fills(30, 0, 10, 10)).toBe(grades[3]);
  });

  it("keeps words from becoming markup", () => {
    expect(picture([{ ...CALM, title: "a<b & c" }], 1)).toContain("a&lt;b &amp; c");
  });
});
