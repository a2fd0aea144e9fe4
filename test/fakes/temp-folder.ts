/** A short-pathed folder for sockets, removed at the end of the test file. */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll } from "vitest";

const folders: string[] = [];
// Once for the file: a hook set from within a running test would never be called.
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export function tempFolder(): string {
  const folder = mkdtempSync(join("/tmp", "ballast-"));
  folders.push(folder);
  return folder;
}

/** A log that keeps what it is told. */
export function keepingLog() {
  const lines: string[] = [];
  const keep = (_fields: object, text: string) => void lines.push(text);
  return { lines, debug: keep, info: keep, warn: keep, error: keep };
}
