/** Monitors that a platform's own tools use: a program that keeps one makes each of their calls fail; pure. */
import { normalize } from "node:path/posix";
import { isProxmoxMonitor } from "../qemu-arguments/monitors.ts";
import type { ConfigFinding } from "./cross-checks.ts";
import type { ConfigFile } from "./schema.ts";

const OWN_MONITOR =
  "give the guest a monitor of its own, in its args: " +
  "-chardev socket,id=ballast,path=/run/ballast-VMID.qmp,server=on,wait=off -mon chardev=ballast,mode=control";

/** What keeping such a monitor does. */
const KEPT =
  "Proxmox's own tools use this monitor: while ballastd keeps it, each of their calls fails after 5 s";
const LENT =
  "Proxmox's own tools use this monitor: it is lent for moments, so memory may be given 0.1 s later than through one of the guest's own";

export function isPlatformMonitor(path: string): boolean {
  return isProxmoxMonitor(normalize(path));
}

/** Why a monitor that is kept should not be, in words; `undefined`: no platform uses it. */
export function whyNotKeep(path: string): string | undefined {
  return isPlatformMonitor(path) ? `${KEPT}; write qmpMode: lease, or ${OWN_MONITOR}` : undefined;
}

/** Entries that point at such a monitor, with what that costs. */
export function platformMonitors({ guests }: ConfigFile): ConfigFinding[] {
  return guests.static.flatMap(({ qmp, qmpMode }, i) => {
    if (!isPlatformMonitor(qmp)) return [];
    const message = qmpMode === "own" ? KEPT : LENT;
    const advice = qmpMode === "own" ? `write qmpMode: lease, or ${OWN_MONITOR}` : OWN_MONITOR;
    return [{ path: ["guests", "static", i, "qmp"], message, advice }];
  });
}
