/** Makes the agent's package for Windows, with msitools' wixl. */
import { copyFile, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Release } from "../release.ts";
import { runTool } from "../tool.ts";
import { LIBRARY_FILE, PROGRAM_FILE, wixSource } from "./source.ts";
import { withFixedSummary } from "./summary.ts";

export interface MsiParts extends Pick<Release, "version" | "windowsVersion" | "seconds" | "maintainer"> {
  /** Path of the agent's executable. */
  readonly program: string;
  /** Path of its native library. */
  readonly library: string;
}

/** Writes the package into `folder` and gives its path. Equal parts make an equal file. */
export async function buildMsi(
  { windowsVersion, version, seconds, maintainer, program, library }: MsiParts,
  folder: string,
): Promise<string> {
  const top = await mkdtemp(join(tmpdir(), "ballast-msi-"));
  try {
    const source = join(top, "agent.wxs");
    await writeFile(source, wixSource(windowsVersion, maintainer.name));
    // wixl takes no absolute paths, and the files' times go into the package.
    for (const [from, name] of [
      [program, PROGRAM_FILE],
      [library, LIBRARY_FILE],
    ] as const) {
      await copyFile(from, join(top, name));
      await utimes(join(top, name), seconds, seconds);
    }
    const made = join(top, "made.msi");
    await runTool("wixl", ["--arch", "x64", "--output", made, source], {
      debianPackage: "wixl",
      env: { TZ: "UTC" },
    });
    await mkdir(folder, { recursive: true });
    const output = join(folder, `ballast-agent-${version}-x64.msi`);
    await writeFile(output, withFixedSummary(await readFile(made), seconds));
    return output;
  } finally {
    await rm(top, { recursive: true, force: true });
  }
}
