/** What the host's kernel offers: pressure figures, KSM, and who else turns KSM's knobs. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "../../config/config.ts";
import type { Finding, Roots } from "./finding.ts";

export async function checkPressure(_config: Config, { proc }: Roots): Promise<readonly Finding[]> {
  const isThere = (await readText(join(proc, "pressure/memory"))) !== undefined;
  const text = isThere
    ? "the kernel tells memory pressure"
    : "the kernel tells none: boot the host with psi=1";
  return [{ check: "pressure", level: isThere ? "ok" : "warn", text }];
}

export async function checkKsm(_config: Config, { sys }: Roots): Promise<readonly Finding[]> {
  const run = await readText(join(sys, "kernel/mm/ksm/run"));
  if (run === undefined)
    return [{ check: "KSM", level: "warn", text: "the kernel has none: equal pages stay apart" }];
  return [{ check: "KSM", level: "ok", text: run.trim() === "1" ? "runs" : "there, not running" }];
}

/** Observing does not collide with ksmtuned; steering KSM would. */
export async function checkKsmtuned(_config: Config, { proc }: Roots): Promise<readonly Finding[]> {
  const names = await Promise.all((await processIds(proc)).map((id) => readText(join(proc, id, "comm"))));
  const runs = names.some((name) => name?.trim() === "ksmtuned");
  return [{ check: "ksmtuned", level: "ok", text: runs ? "runs; KSM stays in its hands" : "does not run" }];
}

async function processIds(proc: string): Promise<string[]> {
  try {
    return (await readdir(proc)).filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return undefined;
  }
}
