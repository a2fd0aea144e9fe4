/** The clients of QEMU processes' monitors, seen without connecting. */
import { readFileSync, statSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { KERNEL_ROOTS } from "./host-reader.ts";
import { type MonitorSockets, NO_SOCKETS, parseMonitorSockets } from "./monitor-sockets.ts";

/** A host with thousands of sockets has a long list: at most this share of the time goes into reading it. */
const READING_SHARE = 0.2;

export interface MonitorWatchOptions {
  readonly procRoot?: string;
  /** State of the main thread of the QEMU behind a monitor (`R`, `S`, `D`, `T`, …); absent: not known. */
  readonly mainThread?: (path: string) => string | undefined;
}

export interface SeenMonitor {
  readonly queue: MonitorSockets;
  readonly mainThread?: string;
  /** Since the socket was made, milliseconds; absent: it is not there. */
  readonly ageMs?: number;
}

/**
 * One reading of the kernel's list serves all that ask while it is due. Never rejects. What is read is in the kernel's memory and read in this
 * thread: in the thread pool it would wait behind a walk over all processes' files (measured: 1.7 s), and a guest that runs out with it.
 */
export function createMonitorWatch(options: MonitorWatchOptions): (path: string) => Promise<SeenMonitor> {
  const watch = new MonitorWatch(options);
  return (path) => watch.look(path);
}

type SocketsByPath = ReadonlyMap<string, MonitorSockets>;

class MonitorWatch {
  readonly #listPath: string;
  readonly #mainThread: MonitorWatchOptions["mainThread"];
  /** A path as the admin wrote it -> as QEMU bound it. */
  readonly #boundPaths = new Map<string, string>();
  /** The listener of each path, and since when it has been seen. */
  readonly #listeners = new Map<string, { readonly inode: string | undefined; readonly sinceMs: number }>();
  #due: Promise<SocketsByPath> | undefined;
  #restUntilMs = 0;

  constructor({ procRoot = KERNEL_ROOTS.procRoot, mainThread }: MonitorWatchOptions) {
    this.#listPath = join(procRoot, "net/unix");
    this.#mainThread = mainThread;
  }

  async look(path: string): Promise<SeenMonitor> {
    const sockets = await this.#read();
    const mainThread = this.#mainThread?.(path);
    const file = statSync(path, { throwIfNoEntry: false });
    const queue = sockets.get(await this.#boundPath(path, sockets)) ?? NO_SOCKETS;
    return {
      queue,
      ...(mainThread !== undefined && { mainThread }),
      ...(file !== undefined && { ageMs: Math.max(Date.now() - file.mtimeMs, this.#seenForMs(path, queue)) }),
    };
  }

  /** The file's own time is of no use when the wall clock was set back since. */
  #seenForMs(path: string, { listener }: MonitorSockets): number {
    const nowMs = performance.now();
    const known = this.#listeners.get(path);
    if (known !== undefined && known.inode === listener) return nowMs - known.sinceMs;
    this.#listeners.set(path, { inode: listener, sinceMs: nowMs });
    return 0;
  }

  /** A reading begins after it was asked for: an older one would not show clients that came since. */
  #read(): Promise<SocketsByPath> {
    this.#due ??= this.#readWhenRested();
    return this.#due;
  }

  async #readWhenRested(): Promise<SocketsByPath> {
    const restMs = this.#restUntilMs - performance.now();
    // Even without a rest the other guests of this turn join in.
    await new Promise<void>((resolve) => (restMs > 0 ? setTimeout(resolve, restMs) : setImmediate(resolve)));
    this.#due = undefined;
    const beganAtMs = performance.now();
    const sockets = parseMonitorSockets(textNow(this.#listPath));
    const tookMs = performance.now() - beganAtMs;
    this.#restUntilMs = beganAtMs + tookMs / READING_SHARE;
    return sockets;
  }

  /** QEMU and the admin may write one folder in two ways (`/var/run`, `/run`). */
  async #boundPath(path: string, sockets: SocketsByPath): Promise<string> {
    const known = this.#boundPaths.get(path) ?? path;
    if (sockets.has(known)) return known;
    const folder = await realFolder(path);
    for (const bound of sockets.keys()) {
      if (basename(bound) !== basename(path) || (await realFolder(bound)) !== folder) continue;
      this.#boundPaths.set(path, bound);
      return bound;
    }
    return path;
  }
}

function textNow(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

async function realFolder(path: string): Promise<string> {
  return realpath(dirname(path)).catch(() => dirname(path));
}
