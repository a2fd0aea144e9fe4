/** Makes the agent's package for Windows, with msitools' wixl. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runTool } from "../tool.ts";
import { LIBRARY_FILE, PROGRAM_FILE, wixSource } from "./source.ts";

export interface MsiParts {
  /** Three numbers. */
  readonly windowsVersion: string;
  /** For the file's name. */
  readonly version: string;
  /** Path of the agent's executable. */
  readonly program: string;
  /** Path of its native library. */
  readonly library: string;
}

/** Writes the package into `folder` and gives its path. */
export async function buildMsi(
  { windowsVersion, version, program, library }: MsiParts,
  folder: string,
): Promise<string> {
  const top = await mkdtemp(join(tmpdir(), "ballast-msi-"));
  try {
    const source = join(top, "agent.wxs");
    await writeFile(source, wixSource(windowsVersion));
    // wixl takes no absolute paths.
    await symlink(program, join(top, PROGRAM_FILE));
    await symlink(library, join(top, LIBRARY_FILE));
    await mkdir(folder, { recursive: true });
    const output = join(folder, `ballast-agent-${version}-x64.msi`);
    await runTool("wixl", ["--arch", "x64", "--output", output, source], { debianPackage: "wixl" });
    return output;
  } finally {
    await rm(top, { recursive: true, force: true });
  }
}
