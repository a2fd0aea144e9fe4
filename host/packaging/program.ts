/** Makes the host's programs, `ballastd` and `ballast`, one executable. */
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { NODE_FLAGS, type Program } from "../../guest/packaging/executable.ts";
import { bundlePage } from "./page.ts";
import { bundleReport } from "./report.ts";
import { BROKER_V8_FLAGS } from "./v8-flags.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** Both programs; the name that it is started by says which one runs. */
export const HOST_PROGRAMS: Program = {
  name: "ballast",
  kept: "hosts",
  fileName: () => "ballast",
  writeBundle: (_target, outfile) => bundleHost(outfile),
  flags: [...NODE_FLAGS, ...BROKER_V8_FLAGS],
  hasKoffi: false,
};

/** Writes the host's sources as one CommonJS file, and gives the paths of all files in it and in the page, from the clone's root. */
export async function bundleHost(outfile: string): Promise<readonly string[]> {
  const [page, report] = await Promise.all([bundlePage(), bundleReport()]);
  const { metafile } = await build({
    absWorkingDir: path("../.."),
    metafile: true,
    entryPoints: [path("entry.ts")],
    outfile,
    bundle: true,
    minify: true,
    // Names of classes stand in error messages and logs.
    keepNames: true,
    platform: "node",
    format: "cjs",
    target: "node24",
    alias: {
      "@ballast/proto": path("../../proto/src/index.ts"),
      "@ballast/guest/judgement": path("../../guest/src/judgement/index.ts"),
    },
    define: {
      BALLAST_PAGE: JSON.stringify(JSON.stringify(page.files)),
      BALLAST_REPORT: JSON.stringify(JSON.stringify(report.files)),
      // The library for WebSocket would look for native helpers on the host's disk.
      "process.env.WS_NO_BUFFER_UTIL": '"1"',
      "process.env.WS_NO_UTF_8_VALIDATE": '"1"',
    },
    external: ["long"],
    logLevel: "warning",
  });
  return [...Object.keys(metafile.inputs), ...page.sources, ...report.sources];
}
