import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { placedWords, shellWords } from "../../host/src/proxmox/shell-words.ts";

/** Lines in, the words of each out; a line that cannot be split gives none. */
const PERL = `use Text::ParseWords; while (<STDIN>) { chomp; print join("\\x01", map { "<$_>" } shellwords($_)), "\\n"; }`;

function wordsOfPerl(lines: readonly string[]): string[][] {
  const input = lines.map((line) => `${line}\n`).join("");
  const output = execFileSync("perl", ["-e", PERL], { input, encoding: "utf8" });
  return output
    .split("\n")
    .slice(0, -1)
    .map((line) => (line === "" ? [] : line.split("\u0001").map((word) => word.slice(1, -1))));
}

const pieces = fc.constantFrom(
  "a",
  "-device",
  "x=1,y",
  " ",
  "  ",
  "\t",
  "'",
  '"',
  "\\",
  "\\'",
  '\\"',
  "é",
  "=",
);

describe("a guest's args", () => {
  it("are split as Perl's shellwords splits them, with which Proxmox does it", () => {
    const lines = fc.sample(
      fc.array(pieces, { maxLength: 14 }).map((parts) => parts.join("")),
      { numRuns: 4000, seed: 1 },
    );
    const split = lines.map((line) => shellWords(line) ?? []);
    expect(split).toEqual(wordsOfPerl(lines));
    expect(split.filter((words) => words.length > 1).length).toBeGreaterThan(500);
  });

  it("know where each word stands", () => {
    const text = ` -a 'b c'd  "" e\\ f`;
    expect(placedWords(text)?.map(({ start, end }) => text.slice(start, end))).toEqual([
      "-a",
      "'b c'd",
      '""',
      "e\\ f",
    ]);
  });

  it("are none where a quote is open or a backslash stands last", () => {
    expect(shellWords("-a 'b")).toBeUndefined();
    expect(shellWords("-a b\\")).toBeUndefined();
  });
});
