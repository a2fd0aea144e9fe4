/** Serves the dashboard's files; the page itself is built from `host/page`. */
import { readFileSync } from "node:fs";
import type { Context, Hono } from "hono";

/** Every file of the page and its media type. `index.html` is the page itself. */
export const PAGE_TYPES = {
  "index.html": "text/html; charset=utf-8",
  "page.js": "text/javascript; charset=utf-8",
  "page.css": "text/css; charset=utf-8",
  "icon.svg": "image/svg+xml",
} as const satisfies Readonly<Record<string, string>>;
export type PageFile = keyof typeof PAGE_TYPES;
export type PageFiles = Readonly<Record<PageFile, string>>;

/**
 * The page loads its own files and reads the API, and nothing else: no code in the page's text, no other host, no frame. Texts cannot
 * become markup (trusted types).
 */
const PAGE_POLICY = [
  "default-src 'none'",
  ...["script-src", "style-src", "img-src", "connect-src"].map((what) => `${what} 'self'`),
  ...[
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
  ],
].join("; ");

/** The packager puts the files into the executable under this name, as JSON. */
declare const BALLAST_PAGE: string | undefined;

/** The page as it was built; absent where it was not built. */
export function loadPage(): PageFiles | undefined {
  if (typeof BALLAST_PAGE !== "undefined") return JSON.parse(BALLAST_PAGE);
  try {
    return readPage(new URL("../page/", import.meta.url));
  } catch {
    return undefined;
  }
}

/** Reads the files from the folder that the build wrote. */
export function readPage(folder: URL): PageFiles {
  const names = Object.keys(PAGE_TYPES) as PageFile[];
  const files = names.map((name) => [name, readFileSync(new URL(name, folder), "utf8")]);
  return Object.fromEntries(files) as PageFiles;
}

/** `/`, and the other files below `/page/`. */
export function addPage<E extends object>(api: Hono<E>, files: PageFiles): void {
  const send = (name: PageFile) => (c: Context) =>
    c.body(files[name], 200, { "content-type": PAGE_TYPES[name], "content-security-policy": PAGE_POLICY });
  api.get("/", send("index.html"));
  for (const name of Object.keys(PAGE_TYPES) as PageFile[])
    if (name !== "index.html") api.get(`/page/${name}`, send(name));
}
