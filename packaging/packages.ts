/** `npm run package`: everything that is installed, their checksums and what they are made of. */
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { licences } from "../guest/packaging/release.ts";
import { PackagingError } from "../guest/packaging/targets.ts";
import { AGENT_DEBIAN, AGENT_OVERRIDES, AGENT_SCRIPTS, agentPackage } from "./agent.ts";
import { BALLAST_DEBIAN, BALLAST_OVERRIDES, BALLAST_SCRIPTS, ballastPackage } from "./ballast.ts";
import { buildDeb, type Compression } from "./deb/build.ts";
import type { PackageDescription } from "./description.ts";
import { ROOT, sourceFacts, sourceSeconds } from "./source-facts.ts";
import { packageVersion } from "./version.ts";

const MB = 1_000_000;
/** Where the packages lie when they are made. */
export const PACKAGES_FOLDER = join(ROOT, "dist/packages");

/** What all packages of one run have in common. */
interface Release {
  readonly version: string;
  readonly windowsVersion: string;
  readonly seconds: number;
  readonly notices: string;
  readonly changes: string;
  readonly folder: string;
  readonly compression: Compression;
}

type Kind = (release: Release) => Promise<readonly string[]>;

/** What can be made alone, by the words of the command line. */
const KINDS: Readonly<Record<string, Kind>> = {
  deb: (release) => Promise.all([hostDeb(release), agentDeb("x64", release), agentDeb("arm64", release)]),
};

/**
 * `npm run package [KIND…]`: all kinds if none is named. Says what was made and how large it is.
 * @throws {PackagingError} for a kind that is not known.
 */
export async function makePackages(
  names: readonly string[],
  folder = PACKAGES_FOLDER,
  compression: Compression = "small",
): Promise<number> {
  const kinds = names.length === 0 ? Object.values(KINDS) : names.map(kindOf);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const release = await releaseIn(folder, compression);
  const made: string[] = [];
  for (const kind of kinds) made.push(...(await kind(release)));
  const sums = await Promise.all(made.toSorted().map(published));
  await writeFile(join(folder, "SHA256SUMS"), sums.join(""));
  process.stdout.write(`in ${folder}, with SHA256SUMS\n`);
  return 0;
}

function kindOf(name: string): Kind {
  const kind = KINDS[name];
  if (kind) return kind;
  throw new PackagingError(`there is no kind of package "${name}": ${Object.keys(KINDS).join(", ")}`);
}

async function releaseIn(folder: string, compression: Compression): Promise<Release> {
  const facts = sourceFacts();
  const { linux, windows } = packageVersion(facts);
  return {
    folder,
    compression,
    version: linux,
    windowsVersion: windows,
    seconds: sourceSeconds(facts),
    notices: await licences(),
    changes: await readFile(join(ROOT, "CHANGELOG.md"), "utf8"),
  };
}

async function hostDeb(release: Release): Promise<string> {
  const parts = {
    description: await ballastPackage(),
    debian: BALLAST_DEBIAN,
    scripts: BALLAST_SCRIPTS,
    lintianOverrides: BALLAST_OVERRIDES,
  };
  return buildDeb({ ...release, ...parts }, release.folder);
}

async function agentDeb(arch: PackageDescription["arch"], release: Release): Promise<string> {
  const parts = {
    description: await agentPackage(arch),
    debian: AGENT_DEBIAN,
    scripts: AGENT_SCRIPTS,
    lintianOverrides: AGENT_OVERRIDES,
  };
  return buildDeb({ ...release, ...parts }, release.folder);
}

/** Tells of one file, and gives its line for sha256sum(1). */
async function published(file: string): Promise<string> {
  const bytes = await readFile(file);
  process.stdout.write(`${basename(file)}  ${(bytes.length / MB).toFixed(1)} MB\n`);
  return `${createHash("sha256").update(bytes).digest("hex")}  ${basename(file)}\n`;
}
