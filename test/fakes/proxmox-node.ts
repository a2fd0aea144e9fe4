/** `/etc/pve` of a Proxmox node, as its cluster file system shows it, and the command lines by which its QEMUs are known. */
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export class ProxmoxNode {
  /** What stands for `/etc/pve`. */
  readonly root: string;
  readonly #versions = new Map<number, number>();

  constructor(folder: string) {
    this.root = join(folder, "pve");
    mkdirSync(join(this.root, "nodes/here/qemu-server"), { recursive: true });
    symlinkSync("nodes/here", join(this.root, "local"));
  }

  /** Writes a guest's configuration, which the cluster's list shows as a new version. */
  configure(vmid: number, text: string): void {
    writeFileSync(join(this.root, `nodes/here/qemu-server/${vmid}.conf`), text);
    this.#versions.set(vmid, (this.#versions.get(vmid) ?? 0) + 1);
    const ids = [...this.#versions].map(([id, version]) => [id, { node: "here", type: "qemu", version }]);
    writeFileSync(join(this.root, ".vmlist"), JSON.stringify({ version: 1, ids: Object.fromEntries(ids) }));
  }

  /** The `guests.proxmox` of a config that reads this node. */
  get settings(): string {
    return `{ enabled: true, folder: "${this.root}" }`;
  }
}

/** Arguments of a QEMU that Proxmox started as this guest. QEMU writes the last pid file that is named, which lies in `folder`. */
export function asStartedByProxmox(folder: string, vmid: number): string[] {
  const pidfiles = [`/run/qemu-server/${vmid}.pid`, join(folder, `${vmid}.pid`)];
  return pidfiles.flatMap((path) => ["-pidfile", path]);
}
