/** Owns connecting to a unix socket that a starting QEMU is about to make. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { listUnixListeners } from "../../host/src/kernel/unix-listeners.ts";
import { waitFor } from "./wait.ts";

/** Most bytes in a unix socket's path (`sun_path`, less the closing zero). */
export const MAX_SOCKET_PATH_BYTES = 107;

/** Connects as soon as the socket is there; throws `TESTBED_WAIT` when it is not within `timeoutMs`. */
export async function connectWhenReady(path: string, timeoutMs: number): Promise<Socket> {
  return waitFor(`a socket at ${path}`, () => tryConnect(path), { timeoutMs, intervalMs: 20 });
}

/** Whether a program listens on the socket: its file is there a moment earlier. A path that was bound as relative counts by its end. */
export function isListening(path: string): boolean {
  const listeners = listUnixListeners(readFileSync("/proc/net/unix", "latin1"));
  return listeners.some((one) => one.path === path || path.endsWith(`/${one.path}`));
}

async function tryConnect(path: string): Promise<Socket | undefined> {
  const socket = connect(path);
  try {
    await once(socket, "connect");
  } catch {
    return undefined;
  }
  socket.setEncoding("utf8");
  // The owner of the connection learns of its end through "close"; an error alone must not end the test run.
  socket.on("error", () => {});
  return socket;
}
