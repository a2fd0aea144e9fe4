/** Keeps two brokers from one control socket: a lock that the kernel holds for this process and drops at its end. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type FileHandle, open } from "node:fs/promises";
import { ControlSocketError } from "./errors.ts";

/** Node cannot lock files; this program of util-linux locks the open file that it inherits. */
const PROGRAM = "flock";
/** The inherited file's number in the child: the first after standard input, output and error. */
const INHERITED = 3;
/** `flock -n` leaves with this when another process holds the lock. */
const HELD_EXIT_CODE = 1;
const LOCK_MODE = 0o600;

/** A lock that is held until it is released or this process ends, however it ends. */
export interface SocketLock {
  release(): Promise<void>;
}

/**
 * Locks `path.lock`. A lock taken by flock(2) belongs to the open file, which the child shares with this process, so it outlives
 * the child. The file stays there: removing it could remove a file that another process has just locked.
 * @throws {ControlSocketError} when another process holds it, or it cannot be taken.
 */
export async function lockSocket(path: string): Promise<SocketLock> {
  const file = await open(`${path}.lock`, "a", LOCK_MODE);
  try {
    await flock(file, path);
  } catch (error) {
    await file.close();
    throw error;
  }
  return { release: () => file.close() };
}

async function flock(file: FileHandle, path: string): Promise<void> {
  const child = spawn(PROGRAM, ["-n", String(INHERITED)], { stdio: ["ignore", "ignore", "ignore", file.fd] });
  const [code] = await once(child, "exit").catch((cause: unknown) => {
    const text = `cannot lock ${path}.lock: ${PROGRAM} cannot be run; install util-linux`;
    throw new ControlSocketError("CONTROL_SOCKET_UNUSABLE", text, { cause });
  });
  if (code === 0) return;
  if (code === HELD_EXIT_CODE) throw new ControlSocketError("CONTROL_SOCKET_IN_USE", inUseText(path));
  const text = `cannot lock ${path}.lock (${PROGRAM} ended with ${code}): set control.socket to a local folder`;
  throw new ControlSocketError("CONTROL_SOCKET_UNUSABLE", text);
}

/** What to do about another broker that has the socket. */
export function inUseText(path: string): string {
  return `another ballastd answers on ${path}: stop it, or give this one its own control.socket`;
}
