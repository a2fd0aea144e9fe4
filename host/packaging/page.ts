/** Bundles the dashboard of `host/page` into the few files that the broker serves. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PageFiles } from "../src/serve/page.ts";
import { type BrowserBundle, bundleForBrowser } from "./browser.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
/** Where `host/dist/main.js` looks for them. */
const FOLDER = path("../dist/page");

/** The page's files as text: what an executable takes inside as `BALLAST_PAGE`. */
export async function bundlePage(): Promise<BrowserBundle<PageFiles>> {
  const { textOf, sources } = await bundleForBrowser(
    [
      { in: path("../page/main.tsx"), out: "page" },
      { in: path("../page/style.css"), out: "page" },
    ],
    { format: "esm", jsx: "automatic", jsxImportSource: "preact" },
  );
  const files = {
    "index.html": await readFile(path("../page/index.html"), "utf8"),
    "icon.svg": await readFile(path("../page/icon.svg"), "utf8"),
    "page.js": textOf("page.js"),
    "page.css": textOf("page.css"),
  };
  return { files, sources };
}

/** Writes the page beside the compiled broker. */
export async function buildPage(): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  const files = Object.entries((await bundlePage()).files);
  await Promise.all(files.map(([name, text]) => writeFile(join(FOLDER, name), text)));
}
