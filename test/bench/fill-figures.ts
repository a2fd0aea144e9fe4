/** `npm run figures`: runs benchmarks and fills host/docs/figures.md with what they print. */
import { execFileSync, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import { GIB } from "../../host/src/model/bytes.ts";
import { ROOT } from "../bootstrap/tools.ts";
import { blocksOf, fillBlock, type Provenance } from "./figures-page.ts";

const PAGE = join(ROOT, "host/docs/figures.md");
/** What is measured. */
const SOURCES = ["host/src", "guest/src", "proto/src"];

/** Fills the blocks whose command contains one of the words, or all; `--check` only tells which are not of this build, and is 1 then. */
export async function fillFigures(words: readonly string[]): Promise<number> {
  const chosen = words.filter((word) => !word.startsWith("--"));
  const isChosen = (command: string) => chosen.length === 0 || chosen.some((word) => command.includes(word));
  const page = readFileSync(PAGE, "utf8");
  const blocks = blocksOf(page).filter(({ command }) => isChosen(command));
  if (words.includes("--check")) return check(blocks);
  const dirty = git("status", "--porcelain", "--", ...SOURCES);
  if (dirty !== "") {
    process.stderr.write(`Commit the sources first; figures are of a build that can be found:\n${dirty}\n`);
    return 1;
  }
  for (const { command } of blocks) {
    const printed = await outputOf(command);
    // Read anew: a benchmark takes minutes, in which the page may change.
    writeFileSync(PAGE, fillBlock(readFileSync(PAGE, "utf8"), command, printed, provenance()));
    process.stderr.write(`filled: ${command}\n`);
  }
  return 0;
}

function check(blocks: ReturnType<typeof blocksOf>): number {
  const { build } = provenance();
  const other = blocks.filter((block) => block.build !== build);
  for (const block of other)
    process.stdout.write(`${block.command}: ${block.filled ? `of build ${block.build}` : "not measured"}\n`);
  process.stdout.write(`${blocks.length - other.length} of ${blocks.length} tables are of build ${build}\n`);
  return other.length === 0 ? 0 : 1;
}

/** This machine and these sources. */
function provenance(): Provenance {
  const qemu = /version (\d+\.\d+)/.exec(run("qemu-system-x86_64", "--version"))?.[1];
  const accelerator = process.env["BALLAST_TEST_ACCEL"] ?? "emulation";
  const memory = `${Math.round(totalmem() / GIB)} GiB`;
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} cores, ${memory}, Linux ${release()}${qemu === undefined ? "" : `, QEMU ${qemu} (${accelerator})`}`,
    build: git("rev-parse", "--short", "HEAD:host/src"),
  };
}

function git(...args: readonly string[]): string {
  return run("git", "-C", ROOT, ...args);
}

function run(program: string, ...args: readonly string[]): string {
  try {
    return execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return "";
  }
}

/** What a command prints on its standard output; rejects when it does not end by itself. A goal that is missed is a figure as well. */
function outputOf(command: string): Promise<string> {
  const [program = "npm", ...args] = command.split(" ");
  return new Promise((resolve, reject) => {
    const child = spawn(program, [args[0] ?? "run", "--silent", ...args.slice(1)], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    child.stdout.setEncoding("utf8");
    child.stdout.on("data", (part: string) => {
      text += part;
    });
    child.once("error", reject);
    child.once("close", (status, signal) => {
      if (signal === null && status !== 2 && text.trim() !== "") resolve(text);
      else reject(new Error(`${command} ended with ${signal ?? status}`));
    });
  });
}
