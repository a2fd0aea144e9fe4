/** Recorded files as seeds. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const FIXTURES = fileURLToPath(new URL("../../fixtures", import.meta.url));
/** A seed is small; of a longer file its beginning says enough. */
const MOST_SEED_BYTES = 8192;

/** All files beneath a folder of the fixtures whose path matches. */
export function recorded(folder: string, path: RegExp): Uint8Array[] {
  return readdirSync(join(FIXTURES, folder), { recursive: true, encoding: "utf8" })
    .sort()
    .filter((name) => path.test(name) && statSync(join(FIXTURES, folder, name)).isFile())
    .map((name) => readFileSync(join(FIXTURES, folder, name)).subarray(0, MOST_SEED_BYTES));
}
