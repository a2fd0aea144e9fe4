/** Which socket listens on which file, whatever path it was bound by. Only the kernel knows; `ss` of iproute2 reads it. */
import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";

const PROGRAM = "ss";
/** Unix sockets that listen, without the heading, with the file's inode and device. */
const ARGUMENTS = ["-x", "-l", "-H", "-e"];
const TIMEOUT_MS = 3_000;
const LONGEST_OUTPUT = 8 * 1024 * 1024;

/** A file, wherever it is mounted. */
export interface FileIdentity {
  readonly device: bigint;
  readonly inode: bigint;
}

/** Absent when there is no such file, or it may not be looked at. */
export async function identityOf(path: string): Promise<FileIdentity | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found && { device: found.dev, inode: found.ino };
}

export function isSameFile(a: FileIdentity | undefined, b: FileIdentity | undefined): boolean {
  return a !== undefined && b !== undefined && a.device === b.device && a.inode === b.inode;
}

/** What `ss` prints; empty without it. Never rejects. */
export function listListeningFiles(): Promise<string> {
  return new Promise((resolve) => {
    const options = { timeout: TIMEOUT_MS, maxBuffer: LONGEST_OUTPUT };
    execFile(PROGRAM, ARGUMENTS, options, (error, out) => resolve(error === null ? out : ""));
  });
}

/** A socket and the file that it is bound to, as `ss` writes them. */
export interface ListeningFile {
  /** The socket's own inode, as in `/proc/PID/fd`. */
  readonly socket: string;
  /** The lower 32 bits: the kernel tells no more (`unix_diag_vfs`). */
  readonly fileInode: bigint;
  readonly major: bigint;
  readonly minor: bigint;
}

/** A line reads `u_str LISTEN 0 1 PATH INODE * 0 <-> ino:FILE_INODE dev:MAJOR/MINOR peers:`. Pure. */
export function parseListeningFiles(text: string): ListeningFile[] {
  return text.split("\n").flatMap((line) => {
    const match = /^u_str +LISTEN +\d+ +\d+ +.* (\d+) +\* 0 .*\bino:(\d+) dev:(\d+)\/(\d+)/.exec(line);
    const [socket, fileInode, major, minor] = match?.slice(1) ?? [];
    if (socket === undefined || fileInode === undefined || major === undefined || minor === undefined)
      return [];
    return [{ socket, fileInode: BigInt(fileInode), major: BigInt(major), minor: BigInt(minor) }];
  });
}

const LOWER_32 = 0xffff_ffffn;

/** The sockets that listen on `file`; more than one, when it cannot be told which. Pure. */
export function socketsOn(file: FileIdentity, listening: readonly ListeningFile[]): string[] {
  return listening
    .filter(({ fileInode }) => fileInode === (file.inode & LOWER_32))
    .filter(({ major, minor }) => isDevice(file.device, major, minor))
    .map(({ socket }) => socket);
}

/** Some versions of `ss` take the number apart in another way than the kernel put it together, and print it whole as the minor. */
function isDevice(device: bigint, major: bigint, minor: bigint): boolean {
  const [ownMajor, ownMinor] = [(device >> 8n) & 0xfffn, (device & 0xffn) | ((device >> 12n) & 0xfff00n)];
  const asKernel = (ownMajor << 20n) | ownMinor;
  if (major === ownMajor && minor === ownMinor) return true;
  return major === 0n && (minor === device || minor === asKernel);
}
