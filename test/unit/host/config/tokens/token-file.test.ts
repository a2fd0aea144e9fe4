/** The file of agents' tokens, as text. */
import { describe, expect, it } from "vitest";
import { formatProblem } from "../../../../../host/src/config/problem.ts";
import { parseTokens, renderTokens } from "../../../../../host/src/config/tokens/token-file.ts";

const SHA = "0123456789abcdef".repeat(4);

function problemsOf(text: string): string[] {
  const result = parseTokens(text, "t");
  return result.ok ? [] : result.problems.map(formatProblem);
}

describe("the file of tokens", () => {
  it("says after writing what it said before", () => {
    const tokens = [
      { guest: "web1", sha256: SHA, created: "2026-01-02T03:04:05.000Z" },
      { guest: "1e5", sha256: SHA.replaceAll(/[a-f]/g, "0") },
    ];
    expect(parseTokens(renderTokens(tokens), "t")).toEqual({ ok: true, tokens });
    expect(parseTokens(renderTokens([]), "t")).toEqual({ ok: true, tokens: [] });
    expect(parseTokens("", "t")).toEqual({ ok: true, tokens: [] });
  });

  it("has no time of issue where another text than a time stands", () => {
    const text = `tokens: [ { guest: web1, sha256: "${SHA}", created: "2026\\u202e  db1  0123" } ]\n`;
    expect(parseTokens(text, "t")).toEqual({ ok: true, tokens: [{ guest: "web1", sha256: SHA }] });
  });

  it.each([
    ["a token itself", `tokens: [ { guest: web1, sha256: "secret" } ]\n`, /^t:1:\d+: tokens\[0\]\.sha256: /],
    [
      "a guest that cannot be",
      `tokens: [ { guest: "a/b", sha256: "${SHA}" } ]\n`,
      /tokens\[0\]\.guest: "a\/b" is not a valid guest name/,
    ],
    [
      "a misspelt key",
      `tokens: [ { guset: web1, sha256: "${SHA}" } ]\n`,
      /unknown key; did you mean "guest"\?/,
    ],
    ["something else", "- a\n", /expected a map of keys, found a list/],
    ["broken YAML", "tokens: [\n", /^t:\d+:\d+: /],
  ])("is refused with its place: %s", (_, text, problem) => {
    expect(problemsOf(text).join("\n")).toMatch(problem);
  });

  it("never shows what stands where a hash belongs", () => {
    expect(problemsOf(`tokens: [ { guest: web1, sha256: "my-secret-token" } ]\n`).join()).not.toContain(
      "my-secret",
    );
  });
});
