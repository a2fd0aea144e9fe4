import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../../host/src/config/parse.ts";
import { formatProblem } from "../../../../host/src/config/problem.ts";
import { readYaml } from "../../../../host/src/config/yaml-source.ts";

function told(text: string): string[] {
  const result = parseConfig(text, "f");
  return (result.ok ? result.warnings : [...result.problems, ...result.warnings]).map(formatProblem);
}

const unknownKeys = (count: number) => Array.from({ length: count }, (_, i) => `key${i}: 1\n`).join("");

describe("a config file with a great many faults", () => {
  it("reports its first twenty problems in the order of the text, and how many more there are", () => {
    const lines = told(`${unknownKeys(60_000)}host: 3\n`);
    expect(lines).toHaveLength(21);
    expect(lines[0]).toBe(
      "f:1:1: key0: unknown key; known here: mode, host, control, agents, guests, ksm, fleet, state, history, onStop, onAgentLoss, log, tuning",
    );
    expect(lines[19]).toMatch(/^f:20:1: key19: unknown key/);
    expect(lines[20]).toBe("f: 59981 more problems; mend these first");
  });

  it("is searched once for each map, not once for each key", () => {
    const source = readYaml(unknownKeys(50_000), "f");
    let searched = 0;
    const map = source.data as object;
    for (const key of Object.keys(map)) searched += source.placeOfKey([], key).line;
    // The sum of 1 to 50,000: every key at its own line.
    expect(searched).toBe((50_000 * 50_001) / 2);
  });

  it("names the second of two equal keys, however many there are", () => {
    expect(told(`${unknownKeys(30_000)}key7: 2\n`)).toEqual([
      "f:30001:1: this key is already there; keep one of the two",
    ]);
  });
});

describe("a value that makes no sense beside another", () => {
  it.each([
    ["one socket written with //", "a, qmp: /run//a", "the same socket as qmp"],
    ["one socket written with /./", "a, qmp: /run/./a", "the same socket as qmp"],
    ["one socket written with ..", "a, qmp: /run/x/../a", "the same socket as qmp"],
    ["one socket written by way of /var/run", "a, qmp: /var/run/a", "the same socket as qmp"],
  ])("is refused: %s", (_, fields, message) => {
    const text = `guests:\n  static:\n    - { name: ${fields} }\n    - { name: b, qmp: /run/a }\n`;
    expect(told(text)).toEqual([expect.stringContaining(message)]);
  });

  it.each([
    [
      "a reserve as large as the budget",
      "host: { budget: 4GiB, reserve: 4GiB }\n",
      "the reserve is as large as the budget",
    ],
    [
      "a reserve above the budget",
      "host: { budget: 50%, reserve: 60% }\n",
      "the reserve is as large as the budget",
    ],
    ["a reserve of the whole host", "host: { reserve: 100% }\n", "the reserve is as large as the budget"],
    ["reports that are stale at once", "tuning: { staleAfter: 0s }\n", "no longer than a tick"],
    [
      "reports that are stale before the next tick",
      "tuning: { tick: 2s, staleAfter: 2s }\n",
      "no longer than a tick",
    ],
    ["balloons that are stuck at once", "tuning: { stuckAfter: 1ms }\n", "no longer than a tick"],
  ])("is refused: %s", (_, text, message) => {
    const lines = told(text).filter((line) => !line.includes("no guests"));
    expect(lines).toEqual([expect.stringContaining(message)]);
  });

  it("has a warning where known minima do not fit the budget", () => {
    const guests =
      "guests:\n  static:\n    - { name: a, qmp: /a, min: 3GiB }\n    - { name: b, qmp: /b, min: 50%, max: 4GiB }\n";
    expect(told(`host: { budget: 5GiB, reserve: 1GiB }\n${guests}`)).toEqual([
      "f:1:17: host.budget: the guests' minima come to 5120 MiB, the budget less the reserve to 4096 MiB: not all can be kept; raise the budget, or lower minima",
    ]);
    expect(told(`host: { budget: 6GiB, reserve: 1GiB }\n${guests}`)).toEqual([]);
  });
});
