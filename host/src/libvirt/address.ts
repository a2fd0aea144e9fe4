/** Where libvirt's sockets and its domains' folders are. */
import { homedir } from "node:os";
import { join } from "node:path";
import type { LibvirtTarget } from "../model/inventory.ts";

export interface LibvirtAddress {
  /** What the daemon is asked to open. */
  readonly uri: string;
  /** Paths of sockets that may be there, the preferred one first. */
  readonly socketPaths: readonly string[];
  /** Where each domain has a folder of its own with its monitor's socket. */
  readonly domainsFolder: string;
}

/** The user's folders, for libvirt's session daemon. */
export interface UserFolders {
  /** `XDG_RUNTIME_DIR`. */
  readonly runtime: string;
  /** `XDG_CONFIG_HOME`. */
  readonly config: string;
}

/** Pure. */
export function addressOf({ scope, socketPath }: LibvirtTarget, user: UserFolders): LibvirtAddress {
  const isSystem = scope === "system";
  const folder = isSystem ? "/run/libvirt" : `${user.runtime}/libvirt`;
  return {
    uri: `qemu:///${scope}`,
    // Modular daemons before the monolithic one, as libvirt's own client prefers them.
    socketPaths:
      socketPath === undefined ? [`${folder}/virtqemud-sock`, `${folder}/libvirt-sock`] : [socketPath],
    domainsFolder: isSystem ? "/var/lib/libvirt/qemu" : `${user.config}/libvirt/qemu/lib`,
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
