/** Finds running QEMUs that neither Proxmox nor libvirt manages. */
import type { EntryDefaults, GuestInventory, QemuProcessLister } from "../model/inventory.ts";
import { entriesOf } from "./entries.ts";

export interface PlainQemuOptions {
  readonly processes: QemuProcessLister;
  readonly defaults: EntryDefaults;
}

/** All is read from command lines: nothing is kept between two lists. */
export function createPlainQemuInventory({ processes, defaults }: PlainQemuOptions): GuestInventory {
  return {
    list: async () => entriesOf(await processes.list(), defaults),
    close: async () => {},
  };
}
