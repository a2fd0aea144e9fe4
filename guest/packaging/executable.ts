/** Makes a program's executable for one target: Node, the program's bundle and what else it needs in one file. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { bundleAgent } from "./bundle.ts";
import type { Injection } from "./inject.ts";
import { fetchPackage } from "./npm-package.ts";
import { NODE_VERSION, type NpmPackage, PackagingError, type Target } from "./targets.ts";

const run = promisify(execFile);
const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/**
 * V8's flags inside the executable: a small heap, no threads that would only wait, and no TurboFan. That compiler's own 4 MiB of code would be
 * used for some functions in the first seconds, and be locked for good. Maglev compiles them as well; with it gone too a first look takes a
 * third more processor. What else was tried saved nothing or cost more (guest/docs/footprint.md).
 */
export const V8_FLAGS: readonly string[] = [
  "--max-old-space-size=32",
  "--max-semi-space-size=1",
  "--v8-pool-size=0",
  "--single-threaded",
  "--no-opt",
];

/** Node's own flags inside the executable: without this one SIGUSR1 would open the inspector, through which any local user runs code as root. */
export const NODE_FLAGS: readonly string[] = ["--disable-sigusr1"];

/** A program that becomes one file. */
export interface Program {
  readonly name: string;
  /** Folder below the cache in which its executables are kept. */
  readonly kept: string;
  readonly fileName: (target: Target) => string;
  /** Writes its sources as one CommonJS file, and gives the paths of all files in it, from the clone's root. */
  readonly writeBundle: (target: Target, outfile: string) => Promise<readonly string[]>;
  /** Flags of V8 and Node that are inside the executable. */
  readonly flags: readonly string[];
  /** Whether it carries the native library koffi. */
  readonly hasKoffi: boolean;
}

/** The agent. */
export const AGENT: Program = {
  name: "ballast-agent",
  kept: "agents",
  fileName: ({ fileName }) => fileName,
  writeBundle: ({ platform }, outfile) => bundleAgent(platform, outfile),
  flags: [...V8_FLAGS, ...NODE_FLAGS],
  hasKoffi: true,
};

/** Part of the name of what is kept: to be counted up when this file makes something else of the same parts. */
const RECIPE = 3;
const KEY_LETTERS = 16;
/** Executables kept, of about 110 MB each: the last of two branches, for three targets. */
const KEEP = 6;

/** Where packages and finished executables are kept. */
export function cacheFolder(): string {
  return process.env["BALLAST_PACKAGING_CACHE"] ?? path("../../.ballast/packaging");
}

/** Path of the agent's executable for a target, made when the sources, Node or the native library changed. */
export function buildExecutable(target: Target, cache = cacheFolder()): Promise<string> {
  return buildProgram(AGENT, target, cache);
}

/** Path of a program's executable for a target, made when anything that is inside it changed. */
export async function buildProgram(program: Program, target: Target, cache = cacheFolder()): Promise<string> {
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, "build-"));
  try {
    const bundle = join(folder, `${program.name}.cjs`);
    await program.writeBundle(target, bundle);
    const key = await keyOf(program, target, bundle);
    const output = join(cache, program.kept, key, program.fileName(target));
    if (!existsSync(output)) await make({ program, target, bundle, folder, output, cache });
    return output;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function keyOf({ flags, hasKoffi }: Program, target: Target, bundle: string): Promise<string> {
  const parts = [RECIPE, target, flags, hasKoffi, hasStrip(target)];
  const hash = createHash("sha256").update(JSON.stringify(parts));
  return hash
    .update(await readFile(bundle))
    .digest("hex")
    .slice(0, KEY_LETTERS);
}

interface Making {
  readonly program: Program;
  readonly target: Target;
  readonly bundle: string;
  readonly folder: string;
  readonly output: string;
  readonly cache: string;
}

async function make({ program, target, bundle, folder, output, cache }: Making): Promise<void> {
  const node = await packageFolder(target.node, cache);
  await checkNode(target, join(node, target.nodePath));
  await offerNode(target, join(node, target.nodePath), folder);
  const made = join(folder, program.fileName(target));
  await inject(folder, {
    bundle,
    platform: target.platform === "win32" ? "win" : "linux",
    arch: target.arch,
    output: made,
    flags: program.flags,
    assets: program.hasKoffi ? { "koffi.node": await koffiFile(target, cache) } : {},
  });
  await chmod(made, 0o755);
  await mkdir(dirname(output), { recursive: true });
  await rename(made, output);
  await pruneOldest(join(cache, program.kept));
}

/** Path of the native library for a target, from the pinned package. */
export async function koffiFile(target: Target, cache = cacheFolder()): Promise<string> {
  return join(await packageFolder(target.koffi, cache), target.koffiPath);
}

async function pruneOldest(folder: string): Promise<void> {
  const paths = (await readdir(folder)).map((name) => join(folder, name));
  const ages = await Promise.all(paths.map(async (path) => ({ path, ms: (await stat(path)).mtimeMs })));
  const old = ages.sort((a, b) => b.ms - a.ms).slice(KEEP);
  await Promise.all(old.map(({ path }) => rm(path, { recursive: true, force: true })));
}

/** What npm has installed here already was checked by npm against the lock file; everything else is fetched. */
async function packageFolder(wanted: NpmPackage, cache: string): Promise<string> {
  const installed = path(`../../node_modules/${wanted.name}`);
  const description = await readFile(join(installed, "package.json"), "utf8").catch(() => "{}");
  const { version } = JSON.parse(description) as { version?: string };
  return version === wanted.version ? installed : fetchPackage(wanted, cache);
}

/** Throws unless the file is the Node that was published: what goes into the agent runs as root in every guest. */
export async function checkNode({ name, nodeSha256 }: Target, file: string): Promise<void> {
  const actual = createHash("sha256")
    .update(await readFile(file))
    .digest("hex");
  if (actual === nodeSha256) return;
  throw new PackagingError(
    `${file} is not Node ${NODE_VERSION} as published for ${name} (SHA-256 ${actual} instead of ${nodeSha256}): remove node_modules and .ballast, and fetch the packages again`,
  );
}

/** Lays Node, without its symbols, where pkg would have downloaded it to. */
async function offerNode(target: Target, node: string, home: string): Promise<void> {
  const sea = join(home, ".pkg-cache/sea");
  const isWindows = target.platform === "win32";
  const name = `node-v${NODE_VERSION}-${isWindows ? "win" : target.platform}-${target.arch}`;
  const file = join(sea, isWindows ? `${name}.exe` : `${name}/bin/node`);
  await mkdir(dirname(file), { recursive: true });
  await copyFile(node, file);
  if (target.strip !== undefined && hasStrip(target)) await run(target.strip, ["--strip-all", file]);
  const archive = join(sea, `${name}.${isWindows ? "zip" : "tar.gz"}`);
  for (const marker of [`${file}.ok`, archive, `${archive}.ok`]) await writeFile(marker, "");
}

/** Whether symbols can be taken out here; without the tool the executable is merely larger. */
export function hasStrip({ strip }: Target): boolean {
  const folders = (process.env["PATH"] ?? "").split(":");
  return strip !== undefined && folders.some((folder) => existsSync(join(folder, strip)));
}

async function inject(home: string, injection: Injection): Promise<void> {
  const args = [path("inject.ts"), JSON.stringify(injection)];
  try {
    await run(process.execPath, args, {
      env: { ...process.env, HOME: home, TMPDIR: home, NODE_OPTIONS: "" },
    });
  } catch (cause) {
    const said = cause instanceof Error && "stdout" in cause ? `${cause.stdout}` : "";
    throw new PackagingError(`pkg failed for ${injection.platform}-${injection.arch}: ${said}${cause}`, {
      cause,
    });
  }
}
