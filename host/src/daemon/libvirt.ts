/** The broker's way to libvirt, opened once. */
import { homedir } from "node:os";
import { join } from "node:path";
import { addressOf, type LibvirtAddress } from "../libvirt/address.ts";
import { LibvirtConnection } from "../libvirt/connection.ts";
import { createLibvirtInventory } from "../libvirt/inventory.ts";
import type { Log } from "../model/adapters.ts";
import type { GuestInventory, InventorySettings, LibvirtTarget } from "../model/inventory.ts";

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

/** Where a libvirt of this user and host is. */
export function addressFor(target: LibvirtTarget): LibvirtAddress {
  const { env } = process;
  return addressOf(target, {
    runtime: env["XDG_RUNTIME_DIR"] ?? `/run/user/${process.getuid?.() ?? 0}`,
    config: env["XDG_CONFIG_HOME"] ?? join(homedir(), ".config"),
  });
}
