/** Owns fetching a small Debian, configured as its installer would, as a tar file. */
import { join } from "node:path";
import { cacheFolder, keyOf, produce, pruneOldest, runTool } from "./tools.ts";

/** Debian 12 and 13. */
export type DebianSuite = "bookworm" | "trixie";

const MIRROR = "http://deb.debian.org/debian";
const KEEP = 3;
/** Of no use in a guest. */
const UNWANTED = ["doc", "man", "locale", "info"];
/** What is installed later has all of its files: dpkg is told of {@link UNWANTED} for the system itself alone. */
const AFTERWARDS = 'rm "$1"/etc/dpkg/dpkg.cfg.d/99mmdebstrap';

/**
 * Returns the path of a tar file with Debian's own minimum (apt among it) and `packages`. It is fetched from Debian's mirror the first time,
 * in about half a minute, and stays as it is until the cache is removed. Needs root. Throws `TESTBED_BUILD` when a package cannot be had.
 */
export async function debianArchive(suite: DebianSuite, packages: readonly string[]): Promise<string> {
  const folder = join(cacheFolder(), "debian");
  const kept = join(folder, `${suite}-${keyOf([], [...packages, ...UNWANTED, AFTERWARDS])}.tar`);
  await produce(kept, async (temporary) => {
    const without = UNWANTED.map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`);
    const options = [
      "--quiet",
      "--variant=minbase",
      "--format=tar",
      `--include=${packages.join(",")}`,
      `--customize-hook=${AFTERWARDS}`,
    ];
    await runTool("mmdebstrap", [...options, ...without, suite, temporary, MIRROR]);
  });
  await pruneOldest(folder, KEEP);
  return kept;
}
