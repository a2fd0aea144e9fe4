/** What the host's kernel offers: pressure figures, KSM, and other programs that control KSM. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "../../config/config.ts";
import { findRival } from "../../kernel/ksm/rivals.ts";
import type { EnvironmentFinding, Roots } from "./finding.ts";

export async function checkPressure(
  _config: Config,
  { proc }: Roots,
): Promise<readonly EnvironmentFinding[]> {
  const isThere = (await readText(join(proc, "pressure/memory"))) !== undefined;
  const text = isThere
    ? "memory pressure (PSI) is available"
    : "memory pressure (PSI) is off: boot with psi=1";
  return [{ check: "pressure", level: isThere ? "ok" : "warn", text }];
}

export async function checkKsm({ ksm }: Config, { sys }: Roots): Promise<readonly EnvironmentFinding[]> {
  const folder = join(sys, "kernel/mm/ksm");
  const run = await readText(join(folder, "run"));
  if (run === undefined)
    return [{ check: "KSM", level: "warn", text: "this kernel has no KSM: equal pages are not shared" }];
  if (ksm.mode === "advisor" && (await readText(join(folder, "advisor_mode"))) === undefined) {
    const text = "this kernel has no advisor (6.8 and newer have): write ksm.mode adaptive";
    return [{ check: "KSM", level: "warn", text }];
  }
  return [{ check: "KSM", level: "ok", text: run.trim() === "1" ? "running" : "available, not running" }];
}

/** The broker leaves KSM to another program while that runs; it looks for one in the same way. */
export async function checkKsmControl(
  { ksm }: Config,
  { proc, sys }: Roots,
): Promise<readonly EnvironmentFinding[]> {
  const check = "KSM control";
  const rival = await findRival(proc, join(sys, "fs/cgroup"));
  if (rival === undefined) return [{ check, level: "ok", text: "no other program controls KSM" }];
  const isSteered = ksm.mode !== "off" && ksm.mode !== "observe";
  if (!isSteered) return [{ check, level: "ok", text: rival }];
  return [{ check, level: "warn", text: `${rival}; until then ksm.mode ${ksm.mode} changes nothing` }];
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return undefined;
  }
}
