import type { MonitorMode } from "./guest.ts";
import type { SizeSetting } from "./host.ts";

/** Names go into URLs, metrics, files and terminals, hence the narrow alphabet. `qemu/100` is a guest of Proxmox VE, as its own exporters name it. */
const GUEST_NAME = /^(?:[A-Za-z0-9][A-Za-z0-9._-]{0,63}|qemu\/[1-9]\d{2,8})$/;

/** Whether a text from a config or a file can be a guest's name. */
export function isGuestName(text: string): boolean {
  return GUEST_NAME.test(text);
}

/** Where a guest was found: in the config, as a running QEMU, on Proxmox, or through libvirt. */
export const GUEST_SOURCES = ["static", "qemu", "proxmox", "libvirt"] as const;
export type GuestSource = (typeof GUEST_SOURCES)[number];

/** A guest that the broker is to manage, as configuration or a platform names it. */
export interface GuestEntry {
  readonly name: string;
  readonly source: GuestSource;
  /** Path of the QMP unix socket. */
  readonly qmpPath: string;
  /** UUID of its domain, where libvirt keeps that socket for itself: it is observed and driven through libvirt, and the path only names its process. */
  readonly domainUuid?: string;
  /** Absent: `own`. */
  readonly qmpMode?: MonitorMode;
  /** Path of the agent channel's unix socket; absent: no virtio-serial channel. */
  readonly agentPath?: string;
  readonly min: SizeSetting;
  readonly max: SizeSetting;
  readonly shares: number;
  /** Guests of one label may share pages; absent: they share with all others without one. */
  readonly trust?: string;
  /** Why its balloon is not driven, and what to do about it, in words; absent: it is driven. */
  readonly leftAlone?: string;
  /** What the platform does with it just now, such as a backup: nothing is taken meanwhile. */
  readonly lock?: string;
}

/** What an inventory found. */
export interface FoundGuests {
  readonly entries: readonly GuestEntry[];
  /** What could not be read, and where, in words; the rest holds all the same. */
  readonly problems: readonly string[];
}

/** Limits of guests that an inventory finds, where the platform says nothing. */
export interface EntryDefaults {
  readonly min: SizeSetting;
  readonly max: SizeSetting;
  readonly shares: number;
}

/** What an admin says of a guest that an inventory finds; what is absent stays as the platform says. */
export type EntryOverride = Partial<Pick<GuestEntry, "qmpMode" | "min" | "max" | "shares" | "trust">>;

/** Whether an inventory is used: `auto` uses it where its platform is there, and is silent where it is not. */
export type InventoryUse = boolean | "auto";

/** Which of a host's libvirt daemons. */
export interface LibvirtTarget {
  /** The system's daemon, or that of the user's session. */
  readonly scope: "system" | "session";
  /** Path of its unix socket; absent: where libvirt puts it. */
  readonly socketPath?: string;
}

/** Which inventories find guests, and with which limits where the platform says nothing. */
export interface InventorySettings {
  readonly defaults: EntryDefaults;
  /** By name of the guest. */
  readonly overrides: Readonly<Record<string, EntryOverride>>;
  /** `folder`: where the cluster's files are. */
  readonly proxmox: { readonly use: InventoryUse; readonly folder: string };
  readonly libvirt: { readonly use: InventoryUse; readonly target: LibvirtTarget };
  /** QEMUs that no other program manages. */
  readonly qemu: { readonly use: InventoryUse };
}

/** Finds guests on a platform. */
export interface GuestInventory {
  /** All guests that are there now; never rejects. Cheap enough to be called every few seconds. */
  list(): Promise<FoundGuests>;
  close(): Promise<void>;
}

/** One running QEMU, as the kernel shows it. */
export interface QemuProcess {
  readonly processId: number;
  /** Its command line, word by word. */
  readonly untrustedWords: readonly string[];
  /** Its working folder; absent where it may not be seen. */
  readonly cwd?: string;
  /** Texts of files behind `-readconfig`, by path. */
  readonly untrustedConfigs: ReadonlyMap<string, string>;
}

/** Lists running QEMUs. */
export interface QemuProcessLister {
  list(): Promise<readonly QemuProcess[]>;
}
