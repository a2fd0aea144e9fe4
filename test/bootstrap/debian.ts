/** The Debian packages that real guests and some suites need: asked for, then installed. */
import { createInterface } from "node:readline/promises";
import { missing, type Requirement } from "../testbed/requirements.ts";
import { statusOf } from "./tools.ts";

/**
 * Installs what is missing, after saying so and asking (unless `yes`). Never fails: without the packages real guests or
 * some suites are left out, and what needs them says so.
 */
export async function ensurePackages(requirements: readonly Requirement[], yes: boolean): Promise<void> {
  const packages = missing(requirements);
  if (packages.length === 0 || process.platform !== "linux") return;
  const prefix = process.getuid?.() === 0 ? [] : ["sudo"];
  const install = ["apt-get", "install", "-y", "--no-install-recommends", ...packages];
  process.stderr.write(`These Debian packages are needed: ${packages.join(" ")}\n`);
  if (!yes && !(await agreed(`Run "${[...prefix, ...install].join(" ")}" now? [y/N] `))) return;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const step of [["apt-get", "update", "-qq"], install]) {
    const [program = "", ...args] = [...prefix, ...step];
    const status = await statusOf(program, args, env).catch(() => 1);
    if (status !== 0) {
      process.stderr.write(`"${step.join(" ")}" failed: going on without them.\n`);
      return;
    }
  }
}

async function agreed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    process.stderr.write("No terminal to ask at: run again with --yes to install them.\n");
    return false;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(question);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}
