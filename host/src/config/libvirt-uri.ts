/** Which libvirt: a connection URI as libvirt's own programs take it, of the daemon on this host (libvirt's "Connection URIs"). */
import { harmlessText } from "../model/foreign-text.ts";
import type { LibvirtTarget } from "../model/inventory.ts";
import { parseSocketPath } from "./names.ts";
import { accept, type Parsed, refuse } from "./parsed.ts";
import { shorten } from "./size.ts";

const ADVICE = "write qemu:///system, qemu:///session, or qemu:///system?socket=PATH";

export function parseLibvirtUri(raw: string): Parsed<LibvirtTarget> {
  const [, scope, query = ""] = /^qemu(?:\+unix)?:\/\/\/(system|session)(?:\?(.*))?$/.exec(raw) ?? [];
  if (scope !== "system" && scope !== "session")
    return refuse(`"${shorten(harmlessText(raw))}" is no libvirt on this host that runs QEMU`, ADVICE);
  const socket = new URLSearchParams(query).get("socket");
  if (socket === null) return accept({ scope });
  const path = parseSocketPath(socket);
  return path.ok ? accept({ scope, socketPath: path.value }) : path;
}
