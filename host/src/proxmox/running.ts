/** Finds a running guest of Proxmox by its process, since a pid file may be left over. */
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

/** The guest's QEMU; absent: it does not run here. Looks through the host's processes. */
export async function runningQemu(
  processes: QemuProcessLister,
  vmid: number,
): Promise<QemuDescription | undefined> {
  const all = (await processes.list()).map(describeProcess);
  return all.find((qemu) => qemu?.manager === "proxmox" && qemu.id === String(vmid));
}
