import { describe, expect, it } from "vitest";
import { plain } from "../../../../host/src/cli/format/paint.ts";
import {
  formatRows,
  formatScenarios,
  formatVerdict,
  formatWorld,
} from "../../../../host/src/cli/format/simulate.ts";
import { wrap } from "../../../../host/src/cli/format/wrap.ts";
import { GIB } from "../../../../host/src/model/bytes.ts";
import type { Row } from "../../../../host/src/simulate/compare.ts";
import { scenarioNamed } from "../../../../host/src/simulate/scenarios/catalogue.ts";

function row(controller: string, more: Partial<Row> = {}): Row {
  const none = {
    kills: 0,
    hostKills: 0,
    lostShare: 0,
    lentBytes: 0,
    reversals: 0,
    commands: 0,
    hostShortMs: 0,
  };
  return { controller, ...none, ...more };
}

const ROWS = [
  row("ballast", { lostShare: 0.004, lentBytes: 3 * GIB, ofClairvoyantShare: 0.97, reversals: 2 }),
  row("proxmox", {
    kills: 7,
    hostKills: 2,
    lostShare: 0.25,
    hostShortMs: 61_000,
    ofClairvoyantShare: 0,
    ballastIs: "better",
  }),
  row("mom", { ballastIs: "better" }),
  row("qmemman", { ballastIs: "equal" }),
  row("clairvoyant"),
];

describe("the table of a simulation", () => {
  it("has a line for each controller, with units, and counts the host's kills apart", () => {
    const [head, ballast, proxmox, mom] = formatRows(ROWS, plain);
    expect(head?.split(/\s{2,}/)).toEqual([
      "CONTROLLER",
      "KILLED",
      "LOST",
      "LENT",
      "OF CLAIRVOYANT",
      "REVERSALS",
      "HOST SHORT",
      "BALLAST IS",
    ]);
    expect(ballast?.split(/\s{2,}/)).toEqual(["ballast", "0", "0.4 %", "3.00 GiB", "97 %", "2", "0 s"]);
    expect(proxmox?.split(/\s{2,}/)).toEqual([
      "proxmox",
      "7 (2 by host)",
      "25.0 %",
      "0.00 GiB",
      "0 %",
      "0",
      "61 s",
      "better",
    ]);
    expect(mom).toMatch(/ - .+ better$/);
  });
});

describe("the verdict", () => {
  it("says in one sentence what Ballast reached, and beside which controllers", () => {
    expect(formatVerdict(ROWS)).toBe(
      "With Ballast nobody was killed, 0.4 % of the work was lost and 97 % of what can be lent was: better than proxmox and mom, equal to qmemman.",
    );
  });

  it("owns up to kills and to being worse", () => {
    const rows = [row("ballast", { kills: 2 }), row("qmemman", { ballastIs: "worse" })];
    expect(formatVerdict(rows)).toBe(
      "With Ballast 2 were killed, 0.0 % of the work was lost: worse than qmemman.",
    );
  });

  it("is silent where Ballast did not run", () => {
    expect(formatVerdict([row("mom")])).toBeUndefined();
  });
});

describe("the list of scenarios", () => {
  const maker = scenarioNamed("flapping");

  it("tells each one's name, title and description in lines that fit, and how to run one", () => {
    const lines = formatScenarios(maker === undefined ? [] : [maker], plain);
    expect(lines[0]).toBe("flapping: Flapping load");
    expect(
      lines
        .slice(1, -2)
        .map((line) => line.trim())
        .join(" "),
    ).toBe(maker?.description);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(100);
    expect(lines.at(-1)).toContain("ballast simulate flapping");
  });

  it("introduces a world with its size, time and seed", () => {
    const scenario = maker?.make(3);
    if (scenario === undefined) throw new Error("no such scenario");
    expect(formatWorld(scenario, 3, plain)).toContain(
      "10 guests with 60.0 GiB in all on a host of 32.0 GiB, 30 minutes of virtual time, seed 3.",
    );
  });
});

describe("wrapping", () => {
  it("breaks between words, and leaves a word alone that is longer than a line", () => {
    expect(wrap("one two three-and-more four", 8)).toEqual(["one two", "three-and-more", "four"]);
  });
});
