/** The script and the style that a report in a file brings inside; they are built from `host/page/report`. */
import { readFileSync } from "node:fs";
import { UsageError } from "../../exit.ts";
import type { ReportAssets } from "./html.ts";

/** The packager puts them into the executable under this name, as JSON. */
declare const BALLAST_REPORT: string | undefined;

/** @throws {UsageError} where they were not built. */
export function loadReportAssets(): ReportAssets {
  if (typeof BALLAST_REPORT !== "undefined") return JSON.parse(BALLAST_REPORT);
  try {
    return readAssets(new URL("../../report/", import.meta.url));
  } catch (cause) {
    throw new UsageError("the report's page is not built: run npm run build", { cause });
  }
}

function readAssets(folder: URL): ReportAssets {
  const read = (name: string) => readFileSync(new URL(name, folder), "utf8");
  return { script: read("report.js"), style: read("report.css") };
}
