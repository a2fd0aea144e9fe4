/** A real QEMU without a guest in it: a monitor, memory, a balloon device, and processors that stand still. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { basename, dirname } from "node:path";
import { onTestFinished, vi } from "vitest";
import { isListening } from "../testbed/connect.ts";

const PROGRAM = "qemu-system-x86_64";

/** Why there is none here; `undefined` when there is one. */
export function whyNoQemu(): string | undefined {
  const { error, status } = spawnSync(PROGRAM, ["--version"], { stdio: "ignore" });
  if (error !== undefined) return `${PROGRAM} is not installed`;
  return status === 0 ? undefined : `${PROGRAM} --version failed`;
}

export interface RealQemuOptions {
  /** Its monitor spreads each answer over many lines. */
  readonly pretty?: boolean;
  /** It is given the monitor's path as relative to the folder in which it is started. */
  readonly relative?: boolean;
}

/** Starts one with its monitor on `path`; it is ended after the test. */
export async function startRealQemu(
  path: string,
  extra: readonly string[],
  { pretty = false, relative = false }: RealQemuOptions = {},
): Promise<ChildProcess> {
  // A translation buffer of the usual 1 GiB would be locked whole where a test locks memory.
  const base = ["-accel", "tcg,tb-size=16", "-nographic", "-nodefaults", "-S"];
  const monitor = relative ? basename(path) : path;
  base.push(pretty ? "-qmp-pretty" : "-qmp", `unix:${monitor},server=on,wait=off`);
  const child = spawn(PROGRAM, [...base, ...extra], {
    stdio: ["ignore", "ignore", "inherit"],
    cwd: dirname(path),
  });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  });
  await vi.waitUntil(() => isListening(path), 15_000);
  return child;
}
