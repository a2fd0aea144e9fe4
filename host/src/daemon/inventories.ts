/** The inventories that a config asks for. */
import type { Config } from "../config/config.ts";
import { createQemuProcessLister } from "../kernel/qemu-processes.ts";
import type { FoundGuests, GuestInventory, InventorySettings } from "../model/inventory.ts";
import { createPlainQemuInventory } from "../plain-qemu/inventory.ts";
import { createProxmoxInventory } from "../proxmox/inventory.ts";
import { mergeGuests } from "./merge-guests.ts";

export function openInventories({ defaults, proxmox, qemu }: InventorySettings): GuestInventory[] {
  const processes = createQemuProcessLister();
  const inventories: GuestInventory[] = [];
  if (proxmox.use !== false) {
    const { folder, use } = proxmox;
    inventories.push(createProxmoxInventory({ processes, defaults, folder, isExpected: use === true }));
  }
  if (qemu.use !== false) inventories.push(createPlainQemuInventory({ processes, defaults }));
  return inventories;
}

/** All guests that there are now. */
export async function findGuestsOnce({ guests, inventories }: Config): Promise<FoundGuests> {
  const opened = openInventories(inventories);
  const found = await Promise.all(opened.map((inventory) => inventory.list()));
  await Promise.all(opened.map((inventory) => inventory.close()));
  return mergeGuests({ listed: guests, overrides: inventories.overrides }, found);
}
