/** Owns running build tools and keeping what they make: a product is made once, whole or not at all. */
import { execFile } from "node:child_process";
import { createHash, type Hash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { access, chmod, copyFile, lutimes, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { messageOf, TestbedError } from "../errors.ts";
import { findProgram } from "../requirements.ts";

const run = promisify(execFile);
/** Most that a tool may print, in bytes. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
/** Letters of a hash that stand in a product's name. */
const KEY_LETTERS = 16;

/** The repository's root folder. */
export const REPOSITORY = fileURLToPath(new URL("../../..", import.meta.url));

/** Folder of everything built: `BALLAST_TESTBED_CACHE`, else test/testbed/.cache. */
export function cacheFolder(): string {
  return process.env["BALLAST_TESTBED_CACHE"] ?? join(REPOSITORY, "test/testbed/.cache");
}

/** Settings of one run of a tool. */
export interface ToolOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a tool and returns what it printed; throws `TESTBED_BUILD` with its words when it fails. */
export async function runTool(
  name: string,
  args: readonly string[],
  options: ToolOptions = {},
): Promise<string> {
  const environment = { ...process.env, LC_ALL: "C", ...options.env };
  try {
    const { stdout } = await run(findProgram(name) ?? name, args, {
      ...options,
      env: environment,
      maxBuffer: MAX_OUTPUT_BYTES,
    });
    return stdout;
  } catch (cause) {
    throw new TestbedError("TESTBED_BUILD", `${name} failed: ${messageOf(cause)}`, { cause });
  }
}

/** Short hash over the contents of files and over plain words: the name of a product that depends on them. */
export function keyOf(paths: readonly string[], words: readonly string[] = []): string {
  const hash = createHash("sha256");
  for (const path of paths) addPart(hash, readFileSync(path));
  for (const word of words) addPart(hash, Buffer.from(word));
  return hash.digest("hex").slice(0, KEY_LETTERS);
}

function addPart(hash: Hash, part: Buffer): void {
  hash.update(`${part.length}:`).update(part);
}

/** Whether the path exists. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** What is being made now, by its target: guests that boot side by side wait for one build. */
const inProgress = new Map<string, Promise<void>>();

/**
 * Returns `target` after making it if it is not there. `make` builds under a temporary path that is moved into place at the end, so
 * that neither a crash nor two builds side by side leave half a product.
 */
export async function produce(target: string, make: (temporary: string) => Promise<void>): Promise<string> {
  if (await exists(target)) return target;
  const making = inProgress.get(target) ?? makeOnce(target, make).finally(() => inProgress.delete(target));
  inProgress.set(target, making);
  await making;
  return target;
}

async function makeOnce(target: string, make: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${target}.${randomBytes(4).toString("hex")}.tmp`;
  await mkdir(dirname(target), { recursive: true });
  try {
    await make(temporary);
    await rename(temporary, target).catch(async (error: unknown) => {
      // A folder cannot replace another: another process made the same meanwhile.
      if (!(await exists(target))) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Copies a file and makes it executable, whatever the checkout's modes are. */
export async function copyProgram(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  await chmod(to, 0o755);
}

/** Sets every date in a folder to 0, so that they do not make two images differ, and returns its paths in order, `.` first. */
export async function clearDates(folder: string): Promise<string[]> {
  const names = [".", ...(await readdir(folder, { recursive: true })).sort()];
  for (const name of names) await lutimes(join(folder, name), 0, 0);
  return names;
}

/** Removes all but the `keep` newest products of a folder; guests that still have one open are not disturbed. */
export async function pruneOldest(folder: string, keep: number): Promise<void> {
  const finished = (await readdir(folder)).filter((name) => !name.includes(".tmp"));
  const paths = finished.map((name) => join(folder, name));
  const ages = await Promise.all(paths.map(async (path) => ({ path, ms: (await stat(path)).mtimeMs })));
  const old = ages.sort((a, b) => b.ms - a.ms).slice(keep);
  await Promise.all(old.map(({ path }) => rm(path, { recursive: true, force: true })));
}
