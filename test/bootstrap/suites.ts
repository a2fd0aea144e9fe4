/** Runs every check and suite and closes with one line of counts. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { skipReason } from "../testbed/requirements.ts";
import { SUMMARY_PATH_VARIABLE, type Summary } from "./summary.ts";
import { statusOf } from "./tools.ts";

/** Suites as test/vitest.config.ts names them. */
export type Suite = "unit" | "fast" | "e2e" | "worlds" | "long" | "faults";

/** Runs suites (or those of their files that `filters` name), after linting where they are the usual ones; 0 when everything passed. */
export async function runSuites(suites: readonly Suite[], filters: readonly string[]): Promise<number> {
  const lints = filters.length === 0 && suites.includes("unit");
  const failures: string[] = [];
  if (lints && (await statusOf("biome", ["check", "--error-on-warnings", "."])) !== 0)
    failures.push("biome check");
  const { status, summary } = await runVitest(suites, filters);
  failures.push(...summary.failures);
  if (status !== 0 && summary.failures.length === 0) failures.push(`vitest ended with ${status}`);
  const reason = skipReason();
  if (reason !== undefined) process.stdout.write(`end-to-end suites skipped: ${reason}\n`);
  for (const name of summary.skipped) process.stdout.write(`skipped: ${name}\n`);
  for (const failure of failures) process.stdout.write(`failed: ${failure}\n`);
  process.stdout.write(`${summary.passed} passed, ${failures.length} failed\n`);
  return failures.length === 0 ? 0 : 1;
}

async function runVitest(suites: readonly Suite[], filters: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), "ballast-test-"));
  const path = join(folder, "summary.json");
  const options = [
    ...["--config", "test/vitest.config.ts"],
    ...["--reporter=default", "--reporter=./test/bootstrap/summary.ts"],
    ...suites.map((suite) => `--project=${suite}`),
  ];
  const env = { ...process.env, [SUMMARY_PATH_VARIABLE]: path };
  const status = await statusOf("vitest", ["run", ...options, ...filters], env);
  const summary = readSummary(path);
  rmSync(folder, { recursive: true });
  return { status, summary };
}

/** Without a summary vitest could not even begin; its status tells so. */
function readSummary(path: string): Summary {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Summary;
  } catch {
    return { passed: 0, failures: ["vitest: no summary of the run"], skipped: [] };
  }
}
