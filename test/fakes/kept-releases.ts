/** What is kept of earlier releases in `fixtures/releases`. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

const FOLDER = fileURLToPath(new URL("../fixtures/releases", import.meta.url));

/** The releases of which such a file or folder is kept. */
export function releasesWith(name: string): string[] {
  const folders = readdirSync(FOLDER, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.map((folder) => folder.name).filter((release) => existsSync(pathOf(release, name)));
}

/** Path of what is kept. */
export function pathOf(release: string, name: string): string {
  return join(FOLDER, release, name);
}

/** Content of a file that is kept as `NAME.gz`. */
export function unpacked(release: string, name: string): Buffer {
  return gunzipSync(readFileSync(pathOf(release, `${name}.gz`)));
}

/** Unpacks a program of a release into a folder; gives its path. */
export function programOf(release: string, name: "agent" | "ballastd", folder: string): string {
  const path = join(folder, `${name}-${release}.mjs`);
  writeFileSync(path, unpacked(release, `${name}.mjs`));
  return path;
}
