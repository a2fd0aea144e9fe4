/** Owns the errors of the testbed: each has a stable code and says what to do. */

/** What went wrong: `BUILD` an image, `BOOT` a guest, a `COMMAND` in it, its `MONITOR`, or a condition that never came (`WAIT`). */
export type TestbedErrorCode =
  | "TESTBED_BUILD"
  | "TESTBED_BOOT"
  | "TESTBED_COMMAND"
  | "TESTBED_MONITOR"
  | "TESTBED_WAIT";

/** Any failure of the testbed itself, as against a failed expectation of a test. */
export class TestbedError extends Error {
  readonly code: TestbedErrorCode;

  constructor(code: TestbedErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "TestbedError";
    this.code = code;
  }
}

/** Text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
