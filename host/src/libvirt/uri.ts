/** Where libvirt's sockets are, from a connection URI as libvirt's own programs take it (libvirt's "Connection URIs"). Pure. */
import { LibvirtUnsupportedError } from "./rpc/errors.ts";

const ADVICE = "write qemu:///system, qemu:///session, or qemu:///system?socket=PATH in guests.libvirt.uri";

export interface LibvirtAddress {
  /** What the daemon is asked to open. */
  readonly uri: string;
  /** Paths of sockets that may be there, the preferred one first. */
  readonly socketPaths: readonly string[];
  /** Where each domain has a folder of its own with its monitor's socket. */
  readonly domainsFolder: string;
}

/** The user's folders, for `qemu:///session`. */
export interface UserFolders {
  /** `XDG_RUNTIME_DIR`. */
  readonly runtime: string;
  /** `XDG_CONFIG_HOME`. */
  readonly config: string;
}

/** Throws a `LibvirtUnsupportedError`. */
export function addressOf(uri: string, user: UserFolders): LibvirtAddress {
  const [, path = "", query = ""] = /^qemu(?:\+unix)?:\/\/\/(system|session)(?:\?(.*))?$/.exec(uri) ?? [];
  if (path === "") throw new LibvirtUnsupportedError(`be reached by "${uri}"`, ADVICE);
  const isSystem = path === "system";
  const folder = isSystem ? "/run/libvirt" : `${user.runtime}/libvirt`;
  const socket = new URLSearchParams(query).get("socket");
  return {
    uri: `qemu:///${path}`,
    // Modular daemons before the monolithic one, as libvirt's own client prefers them.
    socketPaths: socket === null ? [`${folder}/virtqemud-sock`, `${folder}/libvirt-sock`] : [socket],
    domainsFolder: isSystem ? "/var/lib/libvirt/qemu" : `${user.config}/libvirt/qemu/lib`,
  };
}
