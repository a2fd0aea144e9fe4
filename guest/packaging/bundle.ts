/** Makes the agent's sources one CommonJS file for one platform, with the other platforms' code left out. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Target } from "./targets.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** Writes the bundle for a platform to `outfile`, and gives the paths of all files in it, from the clone's root. */
export async function bundleAgent(
  platform: Target["platform"],
  outfile: string,
  version = agentVersion(),
): Promise<readonly string[]> {
  const { metafile } = await build({
    absWorkingDir: path("../.."),
    metafile: true,
    entryPoints: [path("../src/main.ts")],
    outfile,
    bundle: true,
    minify: true,
    platform: "node",
    format: "cjs",
    target: "node24",
    // Numbers of 64 bits are read without `long`, which would only add to the agent's memory.
    external: ["koffi", "long"],
    alias: { "@ballast/proto": path("../../proto/src/index.ts"), "node:zlib": path("no-zlib.ts") },
    define: {
      BALLAST_AGENT_VERSION: JSON.stringify(version),
      "process.platform": JSON.stringify(platform),
      // The library for WebSocket would look for native helpers on the guest's disk.
      "process.env.WS_NO_BUFFER_UTIL": '"1"',
      "process.env.WS_NO_UTF_8_VALIDATE": '"1"',
    },
    logLevel: "warning",
  });
  return Object.keys(metafile.inputs);
}

/** The package's version, `+`, and the short commit where there is one; `.dirty` for sources that no commit has. */
export function agentVersion(): string {
  const { version } = JSON.parse(readFileSync(path("../package.json"), "utf8")) as { version: string };
  const commit = git("rev-parse", "--short", "HEAD");
  if (commit === undefined) return version;
  return `${version}+${commit}${git("status", "--porcelain", "--", "guest/src", "proto/src") ? ".dirty" : ""}`;
}

function git(...args: string[]): string | undefined {
  try {
    return execFileSync("git", args, { cwd: path("../.."), stdio: ["ignore", "pipe", "ignore"] })
      .toString()
      .trim();
  } catch {
    return undefined;
  }
}
