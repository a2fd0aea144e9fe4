/** Linux: /proc and /sys, virtio ports as character devices, systemd. */
import { readFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { charDevice } from "../link/char-device.ts";
import { findPort } from "../link/find-port.ts";
import { VirtioPort } from "../link/virtio-port.ts";
import type { Log } from "../log.ts";
import { collectStartGarbage } from "../native/collect-garbage.ts";
import { loadKoffi } from "../native/koffi.ts";
import { openLibc } from "../native/libc.ts";
import { dropColdCode, lockCode } from "../native/memory-lock.ts";
import { takePriority } from "../native/priority.ts";
import { randomHex } from "../native/random.ts";
import { LinuxReader } from "../sample/read-linux.ts";
import type { Platform, Prepared } from "./platform.ts";

const BOOT_ID_BYTES = 8;

export const linux: Platform = {
  os: "linux",
  osVersion: release,
  bootId: ({ procRoot }) => readBootId(procRoot),
  openReader: (roots) => new LinuxReader(roots),
  prepare,
  openPort: (path, { sysRoot, devRoot }) =>
    new VirtioPort(charDevice, () =>
      path === undefined ? findPort(sysRoot, devRoot) : { found: true, path },
    ),
  loadServiceManager: async () => (await import("../service/systemd.ts")).systemd,
};

async function prepare(log: Log, warmUp: () => void): Promise<Prepared> {
  takePriority(log);
  const koffi = await loadKoffi();
  const libc = koffi && openLibc(koffi);
  if (libc) dropColdCode(libc);
  warmUp();
  collectStartGarbage();
  const memoryLocked = libc !== undefined && lockCode(libc);
  if (!memoryLocked)
    log.write("warn", `memory is not locked (${libc ? "not permitted" : "koffi cannot be loaded"})`);
  return { memoryLocked };
}

/** A kernel without it gets a random id: the host then takes every start of the agent for a boot, which is safe. */
function readBootId(procRoot: string): string {
  try {
    return readFileSync(join(procRoot, "sys/kernel/random/boot_id"), "latin1").trim();
  } catch {
    return randomHex(BOOT_ID_BYTES);
  }
}
