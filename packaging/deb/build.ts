/** Makes a Debian package from its description. */
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import {
  FILE_MODE,
  type MaintainerScripts,
  type PackageDescription,
  PROGRAM_MODE,
  type StagedFile,
} from "../description.ts";
import type { Compression, Release } from "../release.ts";
import { stage } from "../staging.ts";
import { runTool } from "../tool.ts";
import { changelogText, controlText, copyrightText, type DebianFacts, debName } from "./control.ts";

/** dpkg-deb cuts its data by this, so the same number on every machine makes the same file. */
const THREADS = 2;

const COMPRESSION: Readonly<Record<Compression, readonly string[]>> = {
  // The best that dpkg of Debian 10 and 11 unpacks.
  small: ["-Zxz", "-z6"],
  quick: ["-Zgzip", "-z1"],
};

/** What goes into one package. */
export interface DebParts
  extends Pick<Release, "version" | "seconds" | "maintainer" | "notices" | "changes" | "compression"> {
  readonly description: PackageDescription;
  readonly debian: DebianFacts;
  readonly scripts: MaintainerScripts;
  /** Tags that lintian shall not name; each with its reason above it. */
  readonly lintianOverrides: string;
}

/** Writes the package into `folder` and gives its path. Equal parts make an equal file. */
export async function buildDeb(parts: DebParts, folder: string): Promise<string> {
  const { description, version, seconds, compression } = parts;
  const root = await mkdtemp(join(tmpdir(), "ballast-deb-"));
  try {
    const files = [...description.files, ...documents(parts)];
    await stage(root, files, seconds);
    await stage(join(root, "DEBIAN"), await controlFiles(parts, root, files), seconds);
    await mkdir(folder, { recursive: true });
    const output = join(folder, debName(description, version));
    await runTool(
      "dpkg-deb",
      [
        "--root-owner-group",
        `--threads-max=${THREADS}`,
        ...COMPRESSION[compression],
        "--build",
        root,
        output,
      ],
      { debianPackage: "dpkg", env: { SOURCE_DATE_EPOCH: String(seconds) } },
    );
    return output;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** What Policy 12 wants below /usr/share/doc. */
function documents({ description, notices, changes, lintianOverrides, ...release }: DebParts): StagedFile[] {
  const { name } = description;
  const doc = `/usr/share/doc/${name}`;
  return [
    { path: `${doc}/changelog.gz`, content: packed(changelogText(name, release)) },
    { path: `${doc}/copyright`, content: copyrightText() },
    { path: `${doc}/LICENSES.txt.gz`, content: packed(notices) },
    { path: `${doc}/CHANGELOG.md.gz`, content: packed(changes) },
    { path: `/usr/share/lintian/overrides/${name}`, content: lintianOverrides },
  ];
}

/** gzip without a time in it, as Policy 12.7 wants it. */
function packed(text: string): Uint8Array {
  return gzipSync(text, { level: 9 });
}

async function controlFiles(
  { description, debian, scripts, version, maintainer }: DebParts,
  root: string,
  files: readonly StagedFile[],
): Promise<StagedFile[]> {
  const plain = files.filter((file) => !("linkTo" in file)).map(({ path }) => path);
  const sums: string[] = [];
  let bytes = 0;
  for (const path of plain.toSorted()) {
    const place = join(root, path);
    const sum = createHash("md5")
      .update(await readFile(place))
      .digest("hex");
    bytes += (await stat(place)).size;
    sums.push(`${sum}  ${path.slice(1)}\n`);
  }
  const texts: [string, string, number][] = [
    ["control", controlText(description, debian, { version, maintainer, bytes }), FILE_MODE],
    ["md5sums", sums.join(""), FILE_MODE],
    ...Object.entries(scripts).map(([name, text]): [string, string, number] => [name, text, PROGRAM_MODE]),
  ];
  if (description.configFiles.length > 0)
    texts.push(["conffiles", description.configFiles.map((path) => `${path}\n`).join(""), FILE_MODE]);
  return texts.map(([name, content, mode]) => ({ path: `/${name}`, content, mode }));
}
