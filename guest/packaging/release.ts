/** Makes the files that are published: an executable for each target and their checksums. */
import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildExecutable, hasStrip } from "./executable.ts";
import { TARGETS, targetOf } from "./targets.ts";

const MB = 1_000_000;
/** Where the published files lie. */
export const RELEASE_FOLDER = fileURLToPath(new URL("../dist/packages", import.meta.url));

/** `npm run package:agent [TARGET…]`: all targets if none is named. Says what was made and how large it is. */
export async function packageAgent(names: readonly string[]): Promise<number> {
  const targets = names.length === 0 ? TARGETS : names.map(targetOf);
  const built = await Promise.all(targets.map((target) => buildExecutable(target)));
  await rm(RELEASE_FOLDER, { recursive: true, force: true });
  await mkdir(RELEASE_FOLDER, { recursive: true });
  const sums: string[] = [];
  for (const [index, target] of targets.entries()) {
    const from = built[index] ?? "";
    const bytes = await readFile(from);
    await copyFile(from, join(RELEASE_FOLDER, target.fileName));
    sums.push(`${createHash("sha256").update(bytes).digest("hex")}  ${target.fileName}\n`);
    const symbols =
      target.strip && !hasStrip(target) ? `, with symbols: ${target.strip} is not installed` : "";
    process.stdout.write(`${target.fileName}  ${(bytes.length / MB).toFixed(1)} MB${symbols}\n`);
  }
  await writeFile(join(RELEASE_FOLDER, "SHA256SUMS"), sums.join(""));
  process.stdout.write(`in ${RELEASE_FOLDER}, with SHA256SUMS\n`);
  return 0;
}
