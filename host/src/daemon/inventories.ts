/** The inventories that a config asks for. */
import type { Config } from "../config/config.ts";
import { createQemuProcessLister } from "../kernel/qemu-processes.ts";
import type { Log } from "../model/adapters.ts";
import type { FoundGuests, GuestInventory, InventorySettings } from "../model/inventory.ts";
import { createPlainQemuInventory } from "../plain-qemu/inventory.ts";
import { createProxmoxInventory } from "../proxmox/inventory.ts";
import { type Libvirt, openLibvirt } from "./libvirt.ts";
import { mergeGuests } from "./merge-guests.ts";

/** `libvirt`: the connection that its inventory follows; it is not closed with the inventory. */
export function openInventories(settings: InventorySettings, libvirt: Libvirt | undefined): GuestInventory[] {
  const { defaults, proxmox, qemu } = settings;
  const processes = createQemuProcessLister();
  const inventories: GuestInventory[] = [];
  if (proxmox.use !== false) {
    const { folder, use } = proxmox;
    inventories.push(createProxmoxInventory({ processes, defaults, folder, isExpected: use === true }));
  }
  if (libvirt !== undefined) inventories.push(libvirt.inventory(settings));
  if (qemu.use !== false) inventories.push(createPlainQemuInventory({ processes, defaults }));
  return inventories;
}

const SILENT: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** All guests that there are now. */
export async function findGuestsOnce({ guests, inventories }: Config): Promise<FoundGuests> {
  const libvirt = openLibvirt(inventories, SILENT);
  const opened = openInventories(inventories, libvirt);
  const found = await Promise.all(opened.map((inventory) => inventory.list()));
  await Promise.all(opened.map((inventory) => inventory.close()));
  await libvirt?.close();
  return mergeGuests({ listed: guests, overrides: inventories.overrides }, found);
}
