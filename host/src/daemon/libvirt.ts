/** The broker's way to libvirt, opened once. */
import { addressFor } from "../libvirt/address.ts";
import { LibvirtConnection } from "../libvirt/connection.ts";
import { createLibvirtInventory } from "../libvirt/inventory.ts";
import type { Log } from "../model/adapters.ts";
import type { GuestInventory, InventorySettings } from "../model/inventory.ts";

export interface Libvirt {
  readonly connection: LibvirtConnection;
  inventory(settings: InventorySettings): GuestInventory;
  close(): Promise<void>;
}

/** `undefined` where the config does not want it. Connects at once, and again whenever libvirt comes back. */
export function openLibvirt({ libvirt }: InventorySettings, log: Log): Libvirt | undefined {
  if (libvirt.use === false) return undefined;
  const address = addressFor(libvirt.target);
  const connection = new LibvirtConnection({ address, log });
  return {
    connection,
    inventory: ({ defaults }) =>
      createLibvirtInventory({
        connection,
        defaults,
        domainsFolder: address.domainsFolder,
        isExpected: libvirt.use === true,
      }),
    close: () => connection.close(),
  };
}
