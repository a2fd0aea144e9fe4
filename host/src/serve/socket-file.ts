/** The control socket's file: its folder, what a dead broker left there, and its access rights. */
import { once } from "node:events";
import { lstat, mkdir, unlink } from "node:fs/promises";
import { connect, type Server } from "node:net";
import { dirname } from "node:path";
import { ControlSocketError } from "./errors.ts";
import { inUseText, lockSocket, type SocketLock } from "./socket-lock.ts";

/** A broker that is too busy to accept within this time is alive all the same. */
const PROBE_MS = 1000;
const FOLDER_MODE = 0o755;
/** What umask takes away so that a new socket has mode 0660. */
const SOCKET_UMASK = 0o117;

/**
 * Makes `path` free to bind: creates its folder, locks it against other brokers and removes the socket of a dead one. Without the
 * lock two brokers that start at once could both find the dead one's socket, and the second would remove the first one's.
 * @throws {ControlSocketError} when a living one answers, or something else lies there.
 */
export async function claimSocketPath(path: string): Promise<SocketLock> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: FOLDER_MODE });
    const lock = await lockSocket(path);
    await removeDeadSocket(path).catch(async (error: unknown) => {
      await lock.release();
      throw error;
    });
    return lock;
  } catch (error) {
    throw asSocketError(path, error);
  }
}

/** A broker of a release without the lock still answers on its socket. */
async function removeDeadSocket(path: string): Promise<void> {
  const kind = await kindOf(path);
  if (kind === "nothing") return;
  if (kind === "other") throw new ControlSocketError("CONTROL_SOCKET_TAKEN", takenText(path));
  if (await answers(path)) throw new ControlSocketError("CONTROL_SOCKET_IN_USE", inUseText(path));
  await unlink(path);
}

/**
 * Listens on `path` with mode 0660 from the first moment on; the kernel queues `backlog` connections.
 * @throws {ControlSocketError} when the path cannot be bound.
 */
export async function listenOn(server: Server, path: string, backlog: number): Promise<void> {
  const listening = once(server, "listening");
  // Node binds a unix socket before listen() returns, so no other file of ours can get this umask.
  const umask = process.umask(SOCKET_UMASK);
  try {
    server.listen({ path, backlog });
  } finally {
    process.umask(umask);
  }
  await listening.catch((error: unknown) => {
    throw asSocketError(path, error);
  });
}

async function kindOf(path: string): Promise<"nothing" | "socket" | "other"> {
  try {
    return (await lstat(path)).isSocket() ? "socket" : "other";
  } catch (error) {
    if (codeOf(error) === "ENOENT") return "nothing";
    throw error;
  }
}

/** Only a refused connection proves that no program listens there. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path, timeout: PROBE_MS });
    const settle = (isAlive: boolean) => {
      socket.destroy();
      resolve(isAlive);
    };
    socket.once("connect", () => settle(true));
    socket.once("timeout", () => settle(true));
    socket.once("error", (error) => settle(codeOf(error) !== "ECONNREFUSED" && codeOf(error) !== "ENOENT"));
  });
}

function takenText(path: string): string {
  return `${path} is there and is no socket: move it away, or set control.socket to another path`;
}

function asSocketError(path: string, error: unknown): ControlSocketError {
  if (error instanceof ControlSocketError) return error;
  if (codeOf(error) === "EADDRINUSE") {
    return new ControlSocketError("CONTROL_SOCKET_IN_USE", inUseText(path), { cause: error });
  }
  const text = `cannot offer the control socket ${path} (${codeOf(error)}): run as root, or set control.socket`;
  return new ControlSocketError("CONTROL_SOCKET_UNUSABLE", text, { cause: error });
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
