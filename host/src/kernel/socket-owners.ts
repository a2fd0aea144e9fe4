/** Finds the processes that hold given sockets, by walking every process's open files once. */
import { readdir, readlink } from "node:fs/promises";
import { join } from "node:path";

/** One process with one of the wanted sockets open. */
export interface SocketOwner {
  readonly pid: string;
  /** Path of the link in `/proc/PID/fd`; it proves later that the process still holds the socket. */
  readonly linkPath: string;
}

/** What the link in `/proc/PID/fd` of a socket reads. */
export function socketLink(inode: string): string {
  return `socket:[${inode}]`;
}

/** Inode → owners. Processes that end meanwhile, or may not be looked at, are passed over. */
export async function findSocketOwners(
  procRoot: string,
  inodes: ReadonlySet<string>,
): Promise<Map<string, SocketOwner[]>> {
  const wanted = new Map([...inodes].map((inode) => [socketLink(inode), inode]));
  const found = new Map<string, SocketOwner[]>();
  for (const pid of (await namesIn(procRoot)).filter((name) => /^\d+$/.test(name))) {
    const folder = join(procRoot, pid, "fd");
    for (const fd of await namesIn(folder)) {
      const linkPath = join(folder, fd);
      const inode = wanted.get(await readlink(linkPath).catch(() => ""));
      if (inode !== undefined) found.set(inode, [...(found.get(inode) ?? []), { pid, linkPath }]);
    }
  }
  return found;
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
