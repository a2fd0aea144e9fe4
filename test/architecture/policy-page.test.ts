import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { MIB } from "../../host/src/model/bytes.ts";
import { REASONS } from "../../host/src/model/plan.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const STEPS = ["learn", "need", "budget", "share", "move", "demand"];

const page = readFileSync(join(ROOT, "host/docs/policy.md"), "utf8");

function section(heading: string): string {
  const [, text = ""] = page.split(`\n## ${heading}\n`);
  return text.split("\n## ")[0] ?? "";
}

/** Rows of the section's table, without its head, as cells. */
function rowsOf(text: string): string[][] {
  const lines = text.split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

interface Figure {
  readonly said: string;
  readonly name: string;
  readonly file: string;
}

/** Figures as the page writes them: a value, the constant's name, and the file that owns it. */
function figuresOf(text: string): Figure[] {
  const written = /([\d.]+ [\w%]+), `(\w+)` in `([\w/-]+\.ts)`/g;
  return [...text.matchAll(written)].map(([, said = "", name = "", file = ""]) => ({ said, name, file }));
}

/** The value of a constant or of a field in a source: a number, or a product of numbers and MIB. */
function valueIn(source: string, name: string): number | undefined {
  const [, product] =
    new RegExp(`^(?:export const|const|) *${name}(?: =|:) ([\\w. *]+)[;,]`, "m").exec(source) ?? [];
  return product
    ?.split("*")
    .map((factor) => (factor.trim() === "MIB" ? MIB : Number(factor.replaceAll("_", ""))))
    .reduce((a, b) => a * b, 1);
}

/** The value in the unit that follows from the constant's name. */
function shown(value: number, name: string): string {
  if (/(_MS|Ms)$/.test(name)) return value >= 120_000 ? `${value / 60_000} min` : `${value / 1000} s`;
  if (name.endsWith("BYTES")) return `${value / MIB} MiB`;
  return `${Number((value * 100).toPrecision(6))} %`;
}

describe("the policy's page", () => {
  it("begins with the steps, the assumptions and the rules", () => {
    const headings = [...page.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
    expect(page.indexOf("```mermaid")).toBeGreaterThan(0);
    expect(page.indexOf("```mermaid")).toBeLessThan(page.indexOf("## "));
    expect(headings.slice(0, 2)).toEqual(["Assumptions", "Rules"]);
  });

  it("shows every step of the policy in its picture", () => {
    const [, picture = ""] = page.split("```mermaid");
    for (const step of STEPS) expect(picture).toContain(`<b>${step}</b>`);
  });

  it("numbers its assumptions", () => {
    const numbers = [...section("Assumptions").matchAll(/^- \*\*A(\d+)\. /gm)].map(([, n]) => Number(n));
    expect(numbers.length).toBeGreaterThan(5);
    expect(numbers).toEqual(numbers.map((_, i) => i + 1));
  });

  it("has one rule for each reason, and no other", () => {
    const reasons = rowsOf(section("Rules")).map(([, , reason = ""]) => reason.replaceAll("`", ""));
    expect([...reasons].sort()).toEqual([...REASONS].sort());
  });

  it("names a constant for each figure of a rule", () => {
    const cells = rowsOf(section("Rules")).map((cells) => cells[3] ?? "");
    expect(cells.filter((cell) => cell !== "" && figuresOf(cell).length !== 1)).toEqual([]);
  });

  it.each(figuresOf(page))("says $said as $name does", ({ said, name, file }) => {
    const value = valueIn(readFileSync(join(ROOT, "host/src", file), "utf8"), name);
    expect(value).toBeDefined();
    expect(shown(value ?? Number.NaN, name)).toBe(said);
  });
});
