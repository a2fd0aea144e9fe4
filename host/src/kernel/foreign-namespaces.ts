/** Finds sockets of containers. Their network namespace lists them; their process's own root and folder tell which file is meant. */
import { readlink } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { type FileIdentity, identityOf, isSameFile } from "./listening-files.ts";
import { processIds, textOf } from "./proc-files.ts";
import { listUnixListeners, type UnixListener } from "./unix-listeners.ts";

/** A socket file that is looked for. */
export interface WantedFile {
  readonly path: string;
  readonly file: FileIdentity;
}

/** Path -> inode of the socket that listens on it, in a network namespace other than the broker's. Never rejects. */
export async function findInOtherNamespaces(
  procRoot: string,
  wanted: readonly WantedFile[],
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const listeners = new Map<string, readonly UnixListener[]>();
  const own = await namespaceOf(procRoot, "self");
  for (const id of await processIds(procRoot)) {
    const namespace = await namespaceOf(procRoot, id);
    if (namespace === undefined || namespace === own) continue;
    const known = listeners.get(namespace) ?? (await listenersOf(procRoot, id));
    listeners.set(namespace, known);
    for (const one of wanted) {
      if (found.has(one.path)) continue;
      const inode = await socketOf(procRoot, id, one, known);
      if (inode !== undefined) found.set(one.path, inode);
    }
  }
  return found;
}

async function namespaceOf(procRoot: string, id: string): Promise<string | undefined> {
  return readlink(join(procRoot, id, "ns/net")).catch(() => undefined);
}

async function listenersOf(procRoot: string, id: string): Promise<readonly UnixListener[]> {
  return listUnixListeners((await textOf(join(procRoot, id, "net/unix"))) ?? "");
}

/** Names are compared first, because reading a process's files costs more. */
async function socketOf(
  procRoot: string,
  id: string,
  { path, file }: WantedFile,
  listeners: readonly UnixListener[],
): Promise<string | undefined> {
  for (const { path: bound, inode } of listeners) {
    if (basename(bound) !== basename(path)) continue;
    const seen = await identityOf(await placeOf(procRoot, id, bound));
    if (isSameFile(seen, file)) return inode;
  }
  return undefined;
}

/** What the process means by `bound`, as seen from here. */
async function placeOf(procRoot: string, id: string, bound: string): Promise<string> {
  const cwd = await readlink(join(procRoot, id, "cwd")).catch(() => "/");
  return join(procRoot, id, "root", resolve(cwd, bound));
}
