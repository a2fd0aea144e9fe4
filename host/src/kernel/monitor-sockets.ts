/** Parser of `/proc/net/unix` (net/unix/af_unix.c, `unix_seq_show`) for what stands before listening sockets; pure. */

/** `__SO_ACCEPTCON`: the socket listens. */
const LISTENING_FLAG = 0x10000;

export interface MonitorSockets {
  /** Inode of the socket that listens; of several on one path, the highest. */
  readonly listener?: string;
  /** Connections that the listener has accepted. */
  readonly holders: number;
  /** Connections that it has not accepted yet: they have no inode. */
  readonly waiters: number;
}

export const NO_SOCKETS: MonitorSockets = { holders: 0, waiters: 0 };

/**
 * By the path on which they were bound. Accepted connections, and those that wait to be, carry the listener's path. Where the file was
 * removed and bound anew, the sockets of both count together: they cannot be told apart.
 */
export function parseMonitorSockets(text: string): Map<string, MonitorSockets> {
  const found = new Map<string, MonitorSockets>();
  for (const line of text.split("\n")) {
    // Num RefCount Protocol Flags Type St Inode Path
    const match = /^\w+: \w+ \w+ (\w+) \w+ \w+ +(\d+) (\/.*)$/.exec(line);
    const [flags, inode, path] = match?.slice(1) ?? [];
    if (flags === undefined || inode === undefined || path === undefined) continue;
    const before = found.get(path) ?? NO_SOCKETS;
    if ((Number.parseInt(flags, 16) & LISTENING_FLAG) !== 0) found.set(path, withListener(before, inode));
    else if (inode === "0") found.set(path, { ...before, waiters: before.waiters + 1 });
    else found.set(path, { ...before, holders: before.holders + 1 });
  }
  return found;
}

/** Always the same one of several, in whatever order the kernel lists them. */
function withListener(sockets: MonitorSockets, inode: string): MonitorSockets {
  const highest = Math.max(Number(sockets.listener ?? 0), Number(inode));
  return { ...sockets, listener: String(highest) };
}
