/** Brings pinned packages of the npm registry onto this machine, each checked against its published hash. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { type NpmPackage, PackagingError } from "./targets.ts";

const run = promisify(execFile);

/** Fetches a package's tarball into a folder and gives its path. */
export type FetchTarball = (spec: string, folder: string) => Promise<string>;

/**
 * Folder with the package's contents below `cache`, fetched if it is not there yet. No script of the package is run. Throws a
 * `PackagingError` when the registry cannot be reached or the tarball is not the pinned one.
 */
export async function fetchPackage(
  wanted: NpmPackage,
  cache: string,
  fetchTarball: FetchTarball = npmPack,
): Promise<string> {
  const target = join(cache, `${wanted.name}@${wanted.version}`);
  if (existsSync(target)) return target;
  await mkdir(dirname(target), { recursive: true });
  const folder = await mkdtemp(join(cache, "fetch-"));
  try {
    const tarball = await fetchTarball(`${wanted.name}@${wanted.version}`, folder);
    await check(tarball, wanted);
    await run("tar", ["-xzf", tarball, "-C", folder, "package"]);
    await rename(join(folder, "package"), target).catch((error: unknown) => {
      // Another build brought the same meanwhile.
      if (!existsSync(target)) throw error;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return target;
}

async function check(tarball: string, wanted: NpmPackage): Promise<void> {
  const actual = `sha512-${createHash("sha512")
    .update(await readFile(tarball))
    .digest("base64")}`;
  if (actual === wanted.integrity) return;
  throw new PackagingError(
    `${wanted.name}@${wanted.version} is not the package that was pinned (${actual} instead of ${wanted.integrity}): ` +
      "do not use it, and look at what your registry or its mirror delivers",
  );
}

async function npmPack(spec: string, folder: string): Promise<string> {
  try {
    const { stdout } = await run("npm", ["pack", spec, "--silent", "--pack-destination", folder]);
    return join(folder, stdout.trim());
  } catch (cause) {
    throw new PackagingError(`npm pack ${spec} failed: is the npm registry reachable?`, { cause });
  }
}
