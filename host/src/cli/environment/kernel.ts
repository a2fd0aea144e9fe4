/** What the host's kernel offers: pressure figures, KSM, and who else turns KSM's knobs. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "../../config/config.ts";
import type { EnvironmentFinding, Roots } from "./finding.ts";

export async function checkPressure(
  _config: Config,
  { proc }: Roots,
): Promise<readonly EnvironmentFinding[]> {
  const isThere = (await readText(join(proc, "pressure/memory"))) !== undefined;
  const text = isThere
    ? "the kernel tells memory pressure"
    : "the kernel tells none: boot the host with psi=1";
  return [{ check: "pressure", level: isThere ? "ok" : "warn", text }];
}

export async function checkKsm({ ksm }: Config, { sys }: Roots): Promise<readonly EnvironmentFinding[]> {
  const folder = join(sys, "kernel/mm/ksm");
  const run = await readText(join(folder, "run"));
  if (run === undefined)
    return [{ check: "KSM", level: "warn", text: "the kernel has none: equal pages stay apart" }];
  if (ksm.mode === "advisor" && (await readText(join(folder, "advisor_mode"))) === undefined) {
    const text = "this kernel has no advisor (6.8 and newer have): write ksm.mode adaptive";
    return [{ check: "KSM", level: "warn", text }];
  }
  return [{ check: "KSM", level: "ok", text: run.trim() === "1" ? "runs" : "there, not running" }];
}

/** Two hands on one knob undo each other's work: the broker leaves KSM to ksmtuned while that runs. */
export async function checkKsmtuned(
  { ksm }: Config,
  { proc }: Roots,
): Promise<readonly EnvironmentFinding[]> {
  const names = await Promise.all((await processIds(proc)).map((id) => readText(join(proc, id, "comm"))));
  const runs = names.some((name) => name?.trim() === "ksmtuned");
  const isSteered = ksm.mode !== "off" && ksm.mode !== "observe";
  if (!runs) return [{ check: "ksmtuned", level: "ok", text: "does not run" }];
  if (!isSteered) return [{ check: "ksmtuned", level: "ok", text: "runs; KSM stays in its hands" }];
  const text = `runs, so ksm.mode ${ksm.mode} turns nothing: systemctl disable --now ksmtuned`;
  return [{ check: "ksmtuned", level: "warn", text }];
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
