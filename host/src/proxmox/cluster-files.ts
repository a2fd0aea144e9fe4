/** Reads what Proxmox VE's cluster file system (`/etc/pve`, pmxcfs) says of this node's guests. */
import { constants } from "node:fs";
import { open, readlink } from "node:fs/promises";
import { basename, join } from "node:path";

/** `.vmlist` of a cluster with thousands of guests has some hundred KiB. */
const MOST_BYTES = 4 * 1024 * 1024;

/** A guest of this node in the cluster's version list: the version grows with each write of its configuration. */
export interface ListedGuest {
  readonly vmid: number;
  readonly version: number;
}

/** Why the cluster's files cannot be read, in words for the admin. */
export class ClusterFileError extends Error {
  readonly code = "PVE_UNREADABLE";

  constructor(path: string, problem: string, cause?: unknown) {
    super(`cannot read ${path}: ${problem}`, { cause });
    this.name = "ClusterFileError";
  }
}

/** Name of this node: where `/etc/pve/local` leads. Throws {@link ClusterFileError} where the cluster file system is not mounted. */
export async function localNode(pveRoot: string): Promise<string> {
  const path = join(pveRoot, "local");
  try {
    return basename(await readlink(path));
  } catch (cause) {
    throw new ClusterFileError(path, "is this a Proxmox node, and does pve-cluster run?", cause);
  }
}

/** This node's guests of `/etc/pve/.vmlist`; throws {@link ClusterFileError} where it is not there or is not such a list. */
export async function listGuests(pveRoot: string, node: string): Promise<ListedGuest[]> {
  const path = join(pveRoot, ".vmlist");
  const untrustedText = await textOf(path);
  if (untrustedText === undefined) throw new ClusterFileError(path, "does pve-cluster run?");
  let untrusted: unknown;
  try {
    untrusted = JSON.parse(untrustedText);
  } catch (cause) {
    throw new ClusterFileError(path, "it is not JSON", cause);
  }
  return guestsOf(untrusted, node);
}

function guestsOf(untrusted: unknown, node: string): ListedGuest[] {
  const { ids } = untrusted as { readonly ids?: Readonly<Record<string, unknown>> };
  if (typeof ids !== "object" || ids === null) return [];
  return Object.entries(ids).flatMap(([id, untrustedGuest]) => {
    const guest = (untrustedGuest ?? {}) as Readonly<Record<string, unknown>>;
    const isOurs = guest["node"] === node && guest["type"] === "qemu" && /^\d{1,9}$/.test(id);
    const version = guest["version"];
    return isOurs && typeof version === "number" ? [{ vmid: Number(id), version }] : [];
  });
}

/** Text of a guest's configuration; absent when it is gone, being written anew, or on another node by now. */
export function configText(pveRoot: string, node: string, vmid: number): Promise<string | undefined> {
  return textOf(join(pveRoot, "nodes", node, "qemu-server", `${vmid}.conf`));
}

/** Absent where there is no such regular file, or it may not be read; never waits on a pipe. */
export async function textOf(path: string): Promise<string | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    return size > MOST_BYTES ? undefined : await file.readFile("utf8");
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}
