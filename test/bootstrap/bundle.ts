/** Makes the guest agent one file: what runs in a guest is what was built here. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { ROOT } from "./tools.ts";

/** Where the bundled agent lies. */
export const AGENT_BUNDLE = join(ROOT, "guest/dist/ballast-agent.cjs");
/** The native library that locks the agent's memory, put beside the bundle in the guest. */
export const KOFFI_LIBRARY = join(ROOT, "node_modules/@koromix/koffi-linux-x64/linux_x64/koffi.node");

/** Bundles the agent from its sources. */
export async function bundleAgent(): Promise<void> {
  const { version } = JSON.parse(readFileSync(join(ROOT, "guest/package.json"), "utf8")) as {
    version: string;
  };
  await build({
    entryPoints: [join(ROOT, "guest/src/main.ts")],
    outfile: AGENT_BUNDLE,
    bundle: true,
    minify: true,
    platform: "node",
    format: "cjs",
    target: "node24",
    // Numbers of 64 bits are read without `long`, which would only add to the agent's memory.
    external: ["koffi", "long"],
    alias: { "@ballast/proto": join(ROOT, "proto/src/index.ts") },
    define: { BALLAST_AGENT_VERSION: JSON.stringify(`${version}${commit()}`) },
    logLevel: "warning",
  });
}

/** `+` and the short commit where there is one. */
function commit(): string {
  try {
    const text = execFileSync("git", ["rev-parse", "--short", "HEAD"], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "ignore"],
    });
    return `+${text.toString().trim()}`;
  } catch {
    return "";
  }
}
