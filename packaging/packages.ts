/** `npm run package`: everything that is installed, their checksums and what they are made of. */
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { buildExecutable, koffiFile } from "../guest/packaging/executable.ts";
import { PackagingError, targetOf } from "../guest/packaging/targets.ts";
import { AGENT_DEBIAN, AGENT_OVERRIDES, AGENT_RPM, AGENT_SCRIPTS, agentPackage } from "./agent.ts";
import { BALLAST_DEBIAN, BALLAST_OVERRIDES, BALLAST_SCRIPTS, ballastPackage } from "./ballast.ts";
import { contents, notices } from "./contents.ts";
import { buildDeb } from "./deb/build.ts";
import type { PackageDescription } from "./description.ts";
import { maintainerOf } from "./maintainer.ts";
import { AGENT_PAGES, HOST_PAGES, withManual } from "./man/pages.ts";
import { buildMsi } from "./msi/build.ts";
import type { Compression, Release } from "./release.ts";
import { buildRpm } from "./rpm/build.ts";
import { cycloneDx } from "./sbom.ts";
import { ROOT, sourceFacts, sourceSeconds } from "./source-facts.ts";
import { packageVersion } from "./version.ts";

const MB = 1_000_000;
/** Where the packages lie when they are made. */
export const PACKAGES_FOLDER = join(ROOT, "dist/packages");

type Kind = (release: Release) => Promise<readonly string[]>;

/** What can be made alone, by the words of the command line. */
const KINDS: Readonly<Record<string, Kind>> = {
  deb: (release) => Promise.all([hostDeb(release), agentDeb("x64", release), agentDeb("arm64", release)]),
  rpm: (release) => Promise.all([agentRpm("x64", release), agentRpm("arm64", release)]),
  msi: async (release) => [await agentMsi(release)],
  sbom: async (release) => {
    const file = join(release.folder, `ballast-${release.version}.cdx.json`);
    await writeFile(file, cycloneDx(release.version, release.seconds, await contents()));
    return [file];
  },
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

/** What the packages that are made from these sources now have in common. */
export async function releaseIn(folder: string, compression: Compression): Promise<Release> {
  const facts = sourceFacts();
  const { linux, windows } = packageVersion(facts);
  return {
    folder,
    compression,
    version: linux,
    windowsVersion: windows,
    seconds: sourceSeconds(facts),
    maintainer: maintainerOf(),
    notices: await notices(await contents()),
    changes: await readFile(join(ROOT, "CHANGELOG.md"), "utf8"),
  };
}

/** Makes the Debian package of broker and command line, and gives its path. */
export async function hostDeb(release: Release): Promise<string> {
  const parts = {
    description: withManual(await ballastPackage(), HOST_PAGES, release),
    debian: BALLAST_DEBIAN,
    scripts: BALLAST_SCRIPTS,
    lintianOverrides: BALLAST_OVERRIDES,
  };
  return buildDeb({ ...release, ...parts }, release.folder);
}

/** Makes the Debian package of the agent, and gives its path. */
export async function agentDeb(arch: PackageDescription["arch"], release: Release): Promise<string> {
  const parts = {
    description: withManual(await agentPackage(arch), AGENT_PAGES, release),
    debian: AGENT_DEBIAN,
    scripts: AGENT_SCRIPTS,
    lintianOverrides: AGENT_OVERRIDES,
  };
  return buildDeb({ ...release, ...parts }, release.folder);
}

/** Makes the rpm of the agent, and gives its path. */
export async function agentRpm(arch: PackageDescription["arch"], release: Release): Promise<string> {
  const parts = { description: withManual(await agentPackage(arch), AGENT_PAGES, release), rpm: AGENT_RPM };
  return buildRpm({ ...release, ...parts }, release.folder);
}

/** Makes the agent's package for Windows, and gives its path. */
export async function agentMsi(release: Release): Promise<string> {
  const target = targetOf("win-x64");
  const parts = { program: await buildExecutable(target), library: await koffiFile(target) };
  return buildMsi({ ...release, ...parts }, release.folder);
}

/** Tells of one file, and gives its line for sha256sum(1). */
async function published(file: string): Promise<string> {
  const bytes = await readFile(file);
  process.stdout.write(`${basename(file)}  ${(bytes.length / MB).toFixed(1)} MB\n`);
  return `${createHash("sha256").update(bytes).digest("hex")}  ${basename(file)}\n`;
}
