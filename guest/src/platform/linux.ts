/** Linux: /proc and /sys, virtio ports as character devices, systemd. */
import { readFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { charDevice, quietCharDevice } from "../link/char-device.ts";
import { findPort } from "../link/find-port.ts";
import { VirtioPort } from "../link/virtio-port.ts";
import type { Log } from "../log.ts";
import { collectStartGarbage } from "../native/collect-garbage.ts";
import { EventWatch } from "../native/event-watch.ts";
import { refuseHugePages } from "../native/huge-pages.ts";
import { loadKoffi } from "../native/koffi.ts";
import { type Libc, openLibc } from "../native/libc.ts";
import { CodeMemory } from "../native/memory-lock.ts";
import { leaveRuntimeVariables } from "../native/node-environment.ts";
import { takePriority } from "../native/priority.ts";
import { randomHex } from "../native/random.ts";
import { openStallTrigger } from "../native/stall-trigger.ts";
import { LinuxReader } from "../sample/read-linux.ts";
import type { Events, Platform, Prepared } from "./platform.ts";
import type { Roots } from "./roots.ts";

const BOOT_ID_BYTES = 8;
const STDERR_FD = 2;

/** `stays` is for an agent that runs on: then the C library's own calls are worth loading what reaches them. */
export async function openLinux(stays: boolean): Promise<Platform> {
  const koffi = stays ? await loadKoffi() : undefined;
  const libc = koffi && openLibc(koffi);
  if (libc) leaveRuntimeVariables(libc);
  const device = libc ? quietCharDevice(libc) : charDevice;
  return {
    os: "linux",
    osVersion: release,
    bootId: ({ procRoot }) => readBootId(procRoot),
    randomHex,
    isStderrReady: libc && (() => libc.isWritable(STDERR_FD)),
    openReader: (roots) => new LinuxReader(roots, libc?.readInto),
    prepare: async (log, roots, warmUp) => prepare(log, roots, warmUp, libc),
    openPort: (path, { sysRoot, devRoot }) =>
      new VirtioPort(device, () => (path === undefined ? findPort(sysRoot, devRoot) : { found: true, path })),
    loadServiceManager: async () => (await import("../service/systemd.ts")).systemd,
  };
}

function prepare(
  log: Log,
  { procRoot, sysRoot }: Roots,
  warmUp: () => void,
  libc: Libc | undefined,
): Prepared {
  if (libc) refuseHugePages(libc, sysRoot);
  takePriority(log);
  // One thread waits for events, one is left for looking up names; Node would start four.
  process.env["UV_THREADPOOL_SIZE"] = "2";
  const code = libc && new CodeMemory(libc);
  const warmUpClean = () => {
    warmUp();
    collectStartGarbage();
    libc?.mallocTrim();
  };
  code?.drop();
  warmUpClean();
  const memoryLocked = code?.lock() ?? false;
  if (!memoryLocked)
    log.write("warn", `code is not locked in memory (${libc ? "not permitted" : "koffi cannot be loaded"})`);
  return {
    memoryLocked,
    watchEvents: libc && ((events) => watchEvents(libc, procRoot, log, events)),
    settle: memoryLocked ? () => code?.settle(warmUpClean) : undefined,
  };
}

function watchEvents(libc: Libc, procRoot: string, log: Log, events: Events): EventWatch {
  const stallFd = openStallTrigger(procRoot);
  if (stallFd === undefined)
    log.write("info", "the kernel has no pressure triggers: stalls show when sampling");
  return new EventWatch(libc, stallFd, events);
}

/** A kernel without it gets a random id: the host then takes every start of the agent for a boot, which is safe. */
function readBootId(procRoot: string): string {
  try {
    return readFileSync(join(procRoot, "sys/kernel/random/boot_id"), "latin1").trim();
  } catch {
    return randomHex(BOOT_ID_BYTES);
  }
}
