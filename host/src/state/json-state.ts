/** A small JSON file in the state folder, read whole and written whole. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Log } from "../model/adapters.ts";

const LONGEST_TEXT = 1024 * 1024;

/**
 * Reads what {@link writeState} wrote. Undefined: there is no file, or it is not understood by `parse`; then the log says that the
 * broker starts without `what`.
 */
export function readState<T>(
  path: string,
  log: Log,
  what: string,
  parse: (untrusted: unknown) => T | undefined,
): T | undefined {
  try {
    const text = readFileSync(path, "utf8");
    const state = text.length > LONGEST_TEXT ? undefined : parse(JSON.parse(text));
    if (state !== undefined) return state;
    log.warn({ path }, `the file of ${what} is not understood: starting without them`);
  } catch (error) {
    if (!isMissing(error))
      log.warn({ path, err: error }, `the ${what} cannot be read: starting without them`);
  }
  return undefined;
}

/** Writes `value` beside the file and renames it into place. Throws the error of the file system. */
export function writeState(path: string, value: object): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  writeFileSync(`${path}.new`, `${JSON.stringify(value)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
