/** Where libvirt's sockets are, from a connection URI as libvirt's own programs take it (libvirt's "Connection URIs"). Pure. */
import { LibvirtUnsupportedError } from "./rpc/errors.ts";

const ADVICE = "write qemu:///system, qemu:///session, or qemu:///system?socket=PATH in guests.libvirt.uri";

export interface LibvirtAddress {
  /** What the daemon is asked to open. */
  readonly uri: string;
  /** Paths of sockets that may be there, the preferred one first. */
  readonly socketPaths: readonly string[];
}

/** `runtimeFolder` is the user's (`XDG_RUNTIME_DIR`), for `qemu:///session`. Throws a `LibvirtUnsupportedError`. */
export function addressOf(uri: string, runtimeFolder: string | undefined): LibvirtAddress {
  const [, path = "", query = ""] = /^qemu(?:\+unix)?:\/\/\/(system|session)(?:\?(.*))?$/.exec(uri) ?? [];
  if (path === "") throw new LibvirtUnsupportedError(`be reached by "${uri}"`, ADVICE);
  const opened = `qemu:///${path}`;
  const socket = new URLSearchParams(query).get("socket");
  if (socket !== null) return { uri: opened, socketPaths: [socket] };
  const folder = path === "system" ? "/run/libvirt" : `${runtimeFolder ?? ""}/libvirt`;
  // Modular daemons before the monolithic one, as libvirt's own client prefers them.
  return { uri: opened, socketPaths: [`${folder}/virtqemud-sock`, `${folder}/libvirt-sock`] };
}
