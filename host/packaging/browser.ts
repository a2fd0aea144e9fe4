/** Bundles what runs in a browser, and tells which files are in it. */
import { fileURLToPath } from "node:url";
import { type BuildOptions, build } from "esbuild";

/** Folder of the clone. */
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Files as text, and what they are made of. */
export interface BrowserBundle<Files> {
  readonly files: Files;
  /** Paths of all sources, from the clone's root. */
  readonly sources: readonly string[];
}

/** Bundles `sources`, by the names of their results without the ending; `textOf` gives one result, "" where there is none. */
export async function bundleForBrowser(
  sources: readonly { readonly in: string; readonly out: string }[],
  options: BuildOptions,
): Promise<{ readonly textOf: (name: string) => string; readonly sources: readonly string[] }> {
  const { outputFiles, metafile } = await build({
    ...options,
    absWorkingDir: ROOT,
    entryPoints: [...sources],
    outdir: "/made",
    write: false,
    metafile: true,
    bundle: true,
    minify: true,
    target: "es2022",
    logLevel: "warning",
  });
  return {
    textOf: (name) => outputFiles.find((file) => file.path === `/made/${name}`)?.text ?? "",
    sources: Object.keys(metafile.inputs),
  };
}
