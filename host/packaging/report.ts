/** Bundles what a report in one file brings inside, from `host/page/report`. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { ReportAssets } from "../src/cli/report/html.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
/** Where `host/dist/cli/report/assets.js` looks for them. */
const FOLDER = path("../dist/report");

/** What an executable takes inside as `BALLAST_REPORT`. */
export async function bundleReport(): Promise<ReportAssets> {
  const { outputFiles } = await build({
    entryPoints: [
      { in: path("../page/report/main.ts"), out: "report" },
      { in: path("../page/report/style.css"), out: "report" },
    ],
    outdir: "/report",
    write: false,
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    logLevel: "warning",
  });
  const textOf = (name: string) => outputFiles.find((file) => file.path === `/report/${name}`)?.text ?? "";
  return { script: textOf("report.js").trim(), style: textOf("report.css").trim() };
}

/** Writes them beside the compiled command line. */
export async function buildReport(): Promise<void> {
  const { script, style } = await bundleReport();
  await mkdir(FOLDER, { recursive: true });
  await Promise.all([
    writeFile(join(FOLDER, "report.js"), script),
    writeFile(join(FOLDER, "report.css"), style),
  ]);
}
