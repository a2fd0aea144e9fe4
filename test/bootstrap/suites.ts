/** Runs every check and suite and closes with one line of counts. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { skipReason } from "../testbed/requirements.ts";
import { statusOf } from "./tools.ts";

/** What is read of vitest's JSON report. */
interface Counts {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** Suites as test/vitest.config.ts names them. */
export type Suite = "unit" | "fast" | "e2e" | "long";

/** Runs suites (or those of their files that `filters` name), after linting where they are the usual ones; 0 when everything passed. */
export async function runSuites(suites: readonly Suite[], filters: readonly string[]): Promise<number> {
  const lint =
    filters.length > 0 || !suites.includes("unit")
      ? 0
      : await statusOf("biome", ["check", "--error-on-warnings", "."]);
  const folder = mkdtempSync(join(tmpdir(), "ballast-test-"));
  const report = join(folder, "report.json");
  const status = await statusOf("vitest", [
    "run",
    "--config",
    "test/vitest.config.ts",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...suites.map((suite) => `--project=${suite}`),
    ...filters,
  ]);
  const reason = skipReason();
  if (reason !== undefined) process.stdout.write(`end-to-end suites skipped: ${reason}\n`);
  const counts = readCounts(report);
  rmSync(folder, { recursive: true });
  const failed =
    counts.numFailedTests + (lint === 0 ? 0 : 1) + (status !== 0 && counts.numFailedTests === 0 ? 1 : 0);
  for (const name of skippedOf(counts)) process.stdout.write(`skipped: ${name}\n`);
  process.stdout.write(`${counts.numPassedTests} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

function readCounts(report: string): Counts {
  try {
    return JSON.parse(readFileSync(report, "utf8")) as Counts;
  } catch {
    return { numPassedTests: 0, numFailedTests: 1, testResults: [] };
  }
}

/** Tests that did not run, by name, so that they are not taken for passed. */
function skippedOf({ testResults }: Counts): string[] {
  return testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status !== "passed" && status !== "failed")
    .map(({ fullName }) => fullName);
}
