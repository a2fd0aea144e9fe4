/** Parser of `/proc/net/unix` (net/unix/af_unix.c, `unix_seq_show`): which inode listens on which path; pure. */

/** `__SO_ACCEPTCON`: the socket listens. Accepted connections carry the same path without it. */
const LISTENING_FLAG = 0x10000;

export interface UnixListener {
  /** As it was bound: it may be relative to the folder in which the process was then. */
  readonly path: string;
  readonly inode: string;
}

/** All sockets that listen on a file. */
export function listUnixListeners(text: string): UnixListener[] {
  return text.split("\n").flatMap((line) => {
    // Num RefCount Protocol Flags Type St Inode Path
    const match = /^\w+: \w+ \w+ (\w+) \w+ \w+ +(\d+) ([^@].*)$/.exec(line);
    const [flags, inode, path] = match?.slice(1) ?? [];
    if (flags === undefined || inode === undefined || path === undefined) return [];
    return (Number.parseInt(flags, 16) & LISTENING_FLAG) === 0 ? [] : [{ path, inode }];
  });
}

/**
 * Path → inode of each listening socket bound by an absolute path. A path on which two sockets listen (the file was removed and
 * made anew) is left out: nothing tells which of them the file is.
 */
export function parseUnixListeners(text: string): Map<string, string> {
  const inodes = new Map<string, string>();
  const ambiguous = new Set<string>();
  for (const { path, inode } of listUnixListeners(text)) {
    if (!path.startsWith("/")) continue;
    if (inodes.has(path)) ambiguous.add(path);
    inodes.set(path, inode);
  }
  for (const path of ambiguous) inodes.delete(path);
  return inodes;
}
