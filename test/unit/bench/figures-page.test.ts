import { describe, expect, it } from "vitest";
import { blocksOf, fillBlock } from "../../bench/figures-page.ts";

const FROM = { date: "2026-11-29", machine: "2 cores, 24 GiB", build: "1a2b3c4" };
const PAGE = [
  "# Figures",
  "<!-- figures: npm run bench:a -->",
  "<!-- end of figures -->",
  "Words that stay.",
  "<!-- figures: npm run bench:b -- --simulated -->",
  "`npm run bench:b -- --simulated`, 2026-01-01, 1 core, build ffff000.",
  "",
  "| old |",
  "<!-- end of figures -->",
  "",
].join("\n");

describe("the blocks of a page of figures", () => {
  it("are named by the command that prints them, with the build that they are of", () => {
    expect(blocksOf(PAGE)).toEqual([
      { command: "npm run bench:a", filled: false, build: undefined },
      { command: "npm run bench:b -- --simulated", filled: true, build: "ffff000" },
    ]);
  });

  it("are filled with what was printed, under its command, date, machine and build; the rest of the page stays", () => {
    const filled = fillBlock(PAGE, "npm run bench:b -- --simulated", "\n| new $& |\n", FROM);
    expect(filled).toContain(
      [
        "Words that stay.",
        "<!-- figures: npm run bench:b -- --simulated -->",
        "`npm run bench:b -- --simulated`, 2026-11-29, 2 cores, 24 GiB, build 1a2b3c4.",
        "",
        "| new $& |",
        "<!-- end of figures -->",
      ].join("\n"),
    );
    expect(filled).not.toContain("old");
    expect(blocksOf(filled).map(({ build }) => build)).toEqual([undefined, "1a2b3c4"]);
    expect(fillBlock(filled, "npm run bench:b -- --simulated", "| new $& |", FROM)).toBe(filled);
  });

  it("must be there", () => {
    expect(() => fillBlock(PAGE, "npm run bench:c", "", FROM)).toThrow(RangeError);
  });
});
