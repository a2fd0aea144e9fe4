/** What a run of vitest came to: a reporter for vitest, whose file vitest loads by its default export. */
import { writeFileSync } from "node:fs";
import type { Reporter, SerializedError, TestModule } from "vitest/node";

/** The environment variable with the path that {@link SummaryReporter} writes to. */
export const SUMMARY_PATH_VARIABLE = "BALLAST_TEST_SUMMARY";

export interface Summary {
  readonly passed: number;
  /** A line each: failed tests, failed hooks, files that could not be loaded, errors outside of tests. */
  readonly failures: readonly string[];
  /** Tests that did not run, by name. */
  readonly skipped: readonly string[];
}

/** The parts of vitest's errors that are shown. */
type ShownError = Pick<SerializedError, "message"> & { readonly stack?: string | undefined };

export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const path = process.env[SUMMARY_PATH_VARIABLE];
    if (path !== undefined) writeFileSync(path, JSON.stringify(summaryOf(modules, unhandled)));
  }
}

/** A failed hook fails no test, and neither does an error that nobody waits for: both are counted all the same. */
export function summaryOf(
  modules: readonly TestModule[],
  unhandled: readonly SerializedError[] = [],
): Summary {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const inState = (wanted: string) => tests.filter((test) => test.result().state === wanted);
  const failedTests = inState("failed").map((test) =>
    lineOf(`${test.module.relativeModuleId}: ${test.fullName}`, test.result().errors?.[0]),
  );
  const failedHooks = modules.flatMap((module) => [
    ...module.errors().map((error) => lineOf(module.relativeModuleId, error)),
    ...[...module.children.allSuites()].flatMap((suite) =>
      suite.errors().map((error) => lineOf(`${module.relativeModuleId}: ${suite.fullName}`, error)),
    ),
  ]);
  const outside = unhandled.map((error) => lineOf("outside of tests", error));
  return {
    passed: inState("passed").length,
    failures: [...failedTests, ...failedHooks, ...outside],
    skipped: [...inState("skipped"), ...inState("pending")].map(({ fullName }) => fullName),
  };
}

/** A command that failed says on its later lines why. */
const MOST_MESSAGE_LENGTH = 500;

function lineOf(where: string, error: ShownError | undefined): string {
  const message = (error?.message ?? "")
    .trim()
    .replace(/\s*\n\s*/g, " | ")
    .slice(0, MOST_MESSAGE_LENGTH);
  const place = error?.stack?.split("\n").find((line) => /^\s*at /.test(line));
  return [where, message, place?.trim()].filter(Boolean).join(": ");
}
