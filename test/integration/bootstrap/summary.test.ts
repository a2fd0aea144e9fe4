/** Runs vitest itself on a suite that fails in every way, for what the closing lines of `npm test` tell of it. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { SUMMARY_PATH_VARIABLE, type Summary } from "../../bootstrap/summary.ts";

const fromHere = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "ballast-summary-"));

function summaryOfFailingSuite(): Summary {
  const path = join(folder, "summary.json");
  const reporter = `--reporter=${fromHere("../../bootstrap/summary.ts")}`;
  const vitest = fromHere("../../../node_modules/vitest/vitest.mjs");
  const words = [vitest, "run", "--root", fromHere("../../fixtures/failing-suite"), reporter];
  const env = { ...process.env, [SUMMARY_PATH_VARIABLE]: path };
  const { stderr } = spawnSync(process.execPath, words, { env, encoding: "utf8" });
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Summary;
  } catch (cause) {
    throw new Error(`no summary: ${stderr}`, { cause });
  }
}

describe("the summary of a run", () => {
  const summary = summaryOfFailingSuite();
  afterAll(() => rmSync(folder, { recursive: true }));

  it("counts what passed and names what did not run", () => {
    expect(summary).toMatchObject({ passed: 2, skipped: ["another suite > does not run"] });
  });

  it("has a line for a failed test, each failed hook and each error outside of tests", () => {
    const starts = [
      "failing.test.ts: a suite > fails: expected 1 to be 2",
      "failing.test.ts: a suite: after all: at ",
      "failing.test.ts: another suite: before all: at ",
      "outside of tests: left behind: at ",
    ];
    expect(summary.failures).toEqual(starts.map((start) => expect.stringContaining(start)));
  });
});
