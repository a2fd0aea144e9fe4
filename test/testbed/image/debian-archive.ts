/** Owns fetching a small Debian, configured as its installer would, as a tar file. */
import { join } from "node:path";
import { cacheFolder, keyOf, produce, pruneOldest, runTool } from "./tools.ts";

/** Debian 12 and 13. */
export type DebianSuite = "bookworm" | "trixie";

const MIRROR = "http://deb.debian.org/debian";
const KEEP = 3;

/**
 * Returns the path of a tar file with Debian's own minimum (apt among it) and `packages`. It is fetched from Debian's mirror the first time,
 * in about half a minute, and stays as it is until the cache is removed. Needs root. Throws `TESTBED_BUILD` when a package cannot be had.
 */
export async function debianArchive(suite: DebianSuite, packages: readonly string[]): Promise<string> {
  const folder = join(cacheFolder(), "debian");
  const kept = join(folder, `${suite}-${keyOf([], packages)}.tar`);
  await produce(kept, async (temporary) => {
    const options = ["--quiet", "--variant=minbase", "--format=tar", `--include=${packages.join(",")}`];
    await runTool("mmdebstrap", [...options, suite, temporary, MIRROR]);
  });
  await pruneOldest(folder, KEEP);
  return kept;
}
