/** A folder for one test's sockets, short enough for their 108 bytes. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** Makes it; it is removed after the test. */
export function socketFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "ballast-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
