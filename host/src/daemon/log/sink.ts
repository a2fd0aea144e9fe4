/** What stands behind standard output, written to without ever waiting for it: a reader that does not read must not hold up the broker. */
import { constants, fstatSync, open, openSync, write, writeSync } from "node:fs";
import { Socket } from "node:net";
import { isatty } from "node:tty";
import { promisify } from "node:util";

/** Takes the log's bytes. */
export interface Sink {
  /** Resolves with how many bytes of the beginning were taken; rejects with the system's error when none were. */
  write(bytes: Uint8Array): Promise<number>;
  /** The same at once, for the end of the process. May throw. */
  writeNow(bytes: Uint8Array): number;
}

const openFile = promisify(open);
const writeFile = promisify(write);
/** No waiting for a reader, and a terminal does not become ours. */
const WITHOUT_WAITING = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/** Never throws: what cannot be written to is told by each write. */
export function openSink(fd: number): Sink {
  const path = `/proc/self/fd/${fd}`;
  const kind = kindOf(fd);
  if (kind === "socket") return new SocketSink(fd);
  if (kind === "file") return new FileSink(path, fd);
  // Opened anew it is ours alone: programs that share the old description go on waiting as they did.
  return reopened(path) ?? (kind === "pipe" ? new SocketSink(fd) : new FileSink(path, fd));
}

function kindOf(fd: number): "socket" | "pipe" | "terminal" | "file" {
  try {
    const stats = fstatSync(fd);
    if (stats.isSocket()) return "socket";
    if (stats.isFIFO()) return "pipe";
    return isatty(fd) ? "terminal" : "file";
  } catch {
    return "file";
  }
}

/** Absent where it may not be opened: a pipe that another user made. */
function reopened(path: string): Sink | undefined {
  try {
    return new FileSink(path, openSync(path, WITHOUT_WAITING));
  } catch (error) {
    // A pipe without reader: it may get one later.
    const isUnread = error instanceof Error && "code" in error && error.code === "ENXIO";
    return isUnread ? new FileSink(path, undefined) : undefined;
  }
}

/** A file, a device, or what was opened not to wait. Writes run on one of Node's threads, one at a time. */
class FileSink implements Sink {
  readonly #path: string;
  #fd: number | undefined;

  constructor(path: string, fd: number | undefined) {
    this.#path = path;
    this.#fd = fd;
  }

  async write(bytes: Uint8Array): Promise<number> {
    this.#fd ??= await openFile(this.#path, WITHOUT_WAITING);
    return (await writeFile(this.#fd, bytes, 0, bytes.length, null)).bytesWritten;
  }

  writeNow(bytes: Uint8Array): number {
    return this.#fd === undefined ? 0 : writeSync(this.#fd, bytes);
  }
}

/** A socket, as the journal's; opening it makes its description one that does not wait. */
class SocketSink implements Sink {
  readonly #fd: number;
  readonly #socket: KeptSocket;

  constructor(fd: number) {
    this.#fd = fd;
    this.#socket = new KeptSocket({ fd, readable: false, writable: true });
    // Told by the write that failed.
    this.#socket.on("error", () => {});
    this.#socket.unref();
  }

  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => (error ? reject(error) : resolve(bytes.length)));
    });
  }

  writeNow(bytes: Uint8Array): number {
    return writeSync(this.#fd, bytes);
  }
}

/** Never closes its descriptor: the next file that is opened would get the number of standard output. */
class KeptSocket extends Socket {
  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    callback(error);
  }
}
