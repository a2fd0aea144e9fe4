/** The kept corpus: small inputs that each reach something that no other reaches. One folder a target, one file an input, named by its hash. */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("corpus", import.meta.url));

export function corpusFolder(target: string): string {
  return join(ROOT, target);
}

/** All inputs that are kept for a target; none where there is no folder. */
export function readCorpus(target: string): Uint8Array[] {
  const folder = corpusFolder(target);
  try {
    return readdirSync(folder)
      .sort()
      .map((name) => readFileSync(join(folder, name)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Keeps an input in `folder` and returns its path. */
export function keep(folder: string, input: Uint8Array): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, createHash("sha256").update(input).digest("hex").slice(0, 16));
  writeFileSync(path, input);
  return path;
}
