/** Finds the running guests of a Proxmox VE node from the cluster's configurations and the processes' command lines. */
import { join } from "node:path";
import type {
  EntryDefaults,
  FoundGuests,
  GuestEntry,
  GuestInventory,
  QemuProcessLister,
} from "../model/inventory.ts";
import { contestedSockets } from "../qemu-arguments/contested-sockets.ts";
import { ClusterFileError, configText, listGuests, localNode, textOf } from "./cluster-files.ts";
import { entryOf } from "./entries.ts";
import { type ProxmoxGuest, parseGuestConfig } from "./guest-config.ts";
import { loadBalancerNote } from "./load-balancer.ts";
import { describeProcess } from "./running.ts";

/** Where Proxmox keeps the cluster's files. */
export const PVE_FOLDER = "/etc/pve";

export interface ProxmoxOptions {
  /** False: where the cluster's files never were, there is no such node and nothing to tell. */
  readonly isExpected: boolean;
  readonly processes: QemuProcessLister;
  readonly defaults: EntryDefaults;
  readonly folder?: string;
}

interface KnownConfig {
  readonly version: number;
  readonly guest: ProxmoxGuest;
}

/** Reads a configuration anew only when the cluster's version list says that it was written. */
export function createProxmoxInventory(options: ProxmoxOptions): GuestInventory {
  const inventory = new ProxmoxInventory(options);
  return { list: () => inventory.list(), close: async () => {} };
}

class ProxmoxInventory {
  readonly #options: ProxmoxOptions;
  readonly #folder: string;
  readonly #configs = new Map<number, KnownConfig>();
  #last: readonly GuestEntry[] | undefined;

  constructor(options: ProxmoxOptions) {
    this.#options = options;
    this.#folder = options.folder ?? PVE_FOLDER;
  }

  /** Where the cluster's files cannot be read, guests stay as they were known: no guest is dismissed for that. */
  async list(): Promise<FoundGuests> {
    try {
      const problems = await this.#readConfigs();
      const found = await this.#running();
      this.#last = found.entries;
      const note = loadBalancerNote((await textOf(join(this.#folder, "datacenter.cfg"))) ?? "");
      const notes = note === undefined ? [] : [note];
      return { entries: found.entries, problems: [...problems, ...found.problems, ...notes] };
    } catch (error) {
      if (!(error instanceof ClusterFileError)) throw error;
      if (this.#last === undefined && !this.#options.isExpected) return { entries: [], problems: [] };
      return { entries: this.#last ?? [], problems: [error.message] };
    }
  }

  async #readConfigs(): Promise<string[]> {
    const node = await localNode(this.#folder);
    const listed = await listGuests(this.#folder, node);
    const problems: string[] = [];
    const ids = new Set(listed.map(({ vmid }) => vmid));
    for (const vmid of this.#configs.keys()) if (!ids.has(vmid)) this.#configs.delete(vmid);
    for (const { vmid, version } of listed) {
      if (this.#configs.get(vmid)?.version !== version) {
        const text = await configText(this.#folder, node, vmid);
        // Gone between two looks: the next list says what became of it.
        if (text === undefined) continue;
        this.#configs.set(vmid, { version, guest: parseGuestConfig(vmid, text) });
      }
      const found = this.#configs.get(vmid)?.guest.problems ?? [];
      problems.push(...found.map(({ line, text }) => `${vmid}.conf:${line}: ${text}`));
    }
    return problems;
  }

  async #running(): Promise<FoundGuests> {
    const entries: GuestEntry[] = [];
    const problems: string[] = [];
    const all = (await this.#options.processes.list()).flatMap((process) => describeProcess(process) ?? []);
    const contested = contestedSockets(all);
    for (const qemu of all.filter(({ manager }) => manager === "proxmox")) {
      const guest = this.#configs.get(Number(qemu.id))?.guest;
      // Of another node by its configuration: a migration is on its way.
      if (guest === undefined) continue;
      const found = entryOf(guest, { qemu, contested }, this.#options.defaults);
      if (found.entry !== undefined) entries.push(found.entry);
      problems.push(...found.problems);
    }
    return { entries: entries.sort((a, b) => (a.name < b.name ? -1 : 1)), problems };
  }
}
