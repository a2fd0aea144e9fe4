/** Whether a guest of Proxmox runs on this host: by its process, since a pid file may be left over. */
import type { QemuProcess, QemuProcessLister } from "../model/inventory.ts";
import { describeQemu, type QemuDescription } from "../qemu-arguments/describe.ts";

/** Of a process; absent: it is no QEMU. */
export function describeProcess({
  untrustedWords,
  untrustedConfigs,
  cwd = "/",
}: QemuProcess): QemuDescription | undefined {
  return describeQemu(untrustedWords, { cwd, readConfig: (path) => untrustedConfigs.get(path) });
}

/** Looks through the host's processes. */
export async function isRunningHere(processes: QemuProcessLister, vmid: number): Promise<boolean> {
  const all = (await processes.list()).map(describeProcess);
  return all.some((qemu) => qemu?.manager === "proxmox" && qemu.id === String(vmid));
}
