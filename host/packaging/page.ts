/** Bundles the dashboard of `host/page` into the few files that the broker serves. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { PageFile, PageFiles } from "../src/serve/page.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
/** Where `host/dist/main.js` looks for them. */
const FOLDER = path("../dist/page");

/** The page's files as text: what an executable takes inside as `BALLAST_PAGE`. */
export async function bundlePage(): Promise<PageFiles> {
  const { outputFiles } = await build({
    entryPoints: [
      { in: path("../page/main.tsx"), out: "page" },
      { in: path("../page/style.css"), out: "page" },
    ],
    outdir: "/page",
    write: false,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    jsx: "automatic",
    jsxImportSource: "preact",
    logLevel: "warning",
  });
  const textOf = (name: PageFile) => outputFiles.find((file) => file.path === `/page/${name}`)?.text ?? "";
  return {
    "index.html": await readFile(path("../page/index.html"), "utf8"),
    "icon.svg": await readFile(path("../page/icon.svg"), "utf8"),
    "page.js": textOf("page.js"),
    "page.css": textOf("page.css"),
  };
}

/** Writes the page beside the compiled broker. */
export async function buildPage(): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  const files = Object.entries(await bundlePage());
  await Promise.all(files.map(([name, text]) => writeFile(join(FOLDER, name), text)));
}
