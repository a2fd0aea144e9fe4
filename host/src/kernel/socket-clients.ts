/** The processes connected to a process's unix sockets. Only the kernel knows both ends of a connection; `ss` of iproute2 reads them. */
import { execFile } from "node:child_process";
import type { SocketClient, SocketClients } from "../model/adapters.ts";
import { foreignText } from "../model/foreign-text.ts";

const PROGRAM = "ss";
/** Unix sockets, with processes, without the heading. */
const ARGUMENTS = ["-x", "-p", "-H"];
const TIMEOUT_MS = 3_000;
const LONGEST_OUTPUT = 8 * 1024 * 1024;

/** Without `ss` no process is found. */
export function createSocketClients(): SocketClients {
  return { of: async (processId) => socketClientsOf(await listing(), processId, process.pid) };
}

function listing(): Promise<string> {
  return new Promise((resolve) => {
    const options = { timeout: TIMEOUT_MS, maxBuffer: LONGEST_OUTPUT };
    execFile(PROGRAM, ARGUMENTS, options, (error, out) => resolve(error === null ? out : ""));
  });
}

interface End {
  readonly path: string;
  readonly inode: string;
  readonly peerInode: string;
  readonly users: readonly { readonly name: string; readonly pid: number }[];
}

/** Reads what `ss -xpH` prints: the peers of the connections of `processId`, without those of `ownPid`. Pure. */
export function socketClientsOf(text: string, processId: number, ownPid: number): SocketClient[] {
  const ends = text.split("\n").flatMap(parseEnd);
  const byInode = new Map(ends.map((end) => [end.inode, end]));
  return ends
    .filter(({ path, users }) => path !== "*" && users.some(({ pid }) => pid === processId))
    .flatMap(({ path, peerInode }) =>
      (byInode.get(peerInode)?.users ?? []).map(({ name, pid }) => ({ name, pid, path })),
    )
    .filter(({ pid }) => pid !== ownPid && pid !== processId);
}

/** A line reads `u_str ESTAB 0 0 PATH INODE PEER_PATH PEER_INODE users:(("NAME",pid=1,fd=2),...)`. */
function parseEnd(line: string): End[] {
  const match = /^u_\w+ +ESTAB +\d+ +\d+ +(\S+) (\d+) +\S+ (\d+)(?: +users:\((.*)\))?\s*$/.exec(line);
  const [path, inode, peerInode, users = ""] = match?.slice(1) ?? [];
  if (path === undefined || inode === undefined || peerInode === undefined) return [];
  const found = [...users.matchAll(/\("([^"]{1,32})",pid=(\d+),fd=\d+\)/g)];
  return [{ path: foreignText(path), inode, peerInode, users: found.map(toUser) }];
}

/** A process chooses its name itself. */
function toUser([, name = "", pid]: RegExpExecArray): { readonly name: string; readonly pid: number } {
  return { name: foreignText(name), pid: Number(pid) };
}
