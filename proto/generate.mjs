/** Makes the static protobuf code: `node generate.mjs [FOLDER]` writes `guest.js` and `guest.d.ts` (default: `generated`). */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const sources = ["envelope", "handshake", "report", "control"].map(
  (name) => `ballast/guest/v1/${name}.proto`,
);
const cli = dirname(createRequire(import.meta.url).resolve("protobufjs-cli/package.json"));

const run = (program, args) =>
  execFileSync(process.execPath, [join(cli, "bin", program), ...args], { cwd: here, stdio: "inherit" });

const STATIC = [
  "-t",
  "static-module",
  "-w",
  "esm",
  "--dependency",
  "protobufjs/minimal.js",
  "--force-number",
];
// Only encode and decode stay: the agent is to be small.
const LEAN = ["--no-create", "--no-verify", "--no-convert", "--no-delimited", "--no-typeurl", "--no-service"];

/** Types come from a commented copy, as pbts reads the comments; the code itself goes without them. */
function generate(folder) {
  mkdirSync(folder, { recursive: true });
  const scratch = mkdtempSync(join(tmpdir(), "ballast-proto-"));
  try {
    const commented = join(scratch, "guest.js");
    const types = join(scratch, "guest.d.ts");
    run("pbjs", [...STATIC, ...LEAN, "-p", ".", "-o", commented, ...sources]);
    run("pbts", ["-o", types, commented]);
    run("pbjs", [...STATIC, ...LEAN, "--no-comments", "-p", ".", "-o", join(folder, "guest.js"), ...sources]);
    // `long` is neither used (--force-number) nor wanted in the agent.
    const text = readFileSync(types, "utf8").replace('import Long = require("long");\n', "");
    writeFileSync(join(folder, "guest.d.ts"), text);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

generate(process.argv[2] ?? join(here, "generated"));
