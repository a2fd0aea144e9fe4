/** Bundles what a report in one file brings inside, from `host/page/report`. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ReportAssets } from "../src/cli/report/html.ts";
import { type BrowserBundle, bundleForBrowser } from "./browser.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
/** Where `host/dist/cli/report/assets.js` looks for them. */
const FOLDER = path("../dist/report");

/** What an executable takes inside as `BALLAST_REPORT`. */
export async function bundleReport(): Promise<BrowserBundle<ReportAssets>> {
  const { textOf, sources } = await bundleForBrowser(
    [
      { in: path("../page/report/main.ts"), out: "report" },
      { in: path("../page/report/style.css"), out: "report" },
    ],
    { format: "iife" },
  );
  const files = { script: textOf("report.js").trim(), style: textOf("report.css").trim() };
  return { files, sources };
}

/** Writes them beside the compiled command line. */
export async function buildReport(): Promise<void> {
  const { script, style } = (await bundleReport()).files;
  await mkdir(FOLDER, { recursive: true });
  await Promise.all([
    writeFile(join(FOLDER, "report.js"), script),
    writeFile(join(FOLDER, "report.css"), style),
  ]);
}
