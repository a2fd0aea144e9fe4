/** What is seen of a monitor before anything is done to it, and what that forbids; pure. */

/** The sockets behind a monitor's path, as the kernel lists them. */
export interface MonitorQueue {
  /** Inode of the socket that listens: another one means another QEMU. Absent: none is seen. */
  readonly listener?: string;
  /** Clients that QEMU has accepted: it serves one at a time. */
  readonly holders: number;
  /** Clients that QEMU has not accepted yet; one that gave up keeps its place until QEMU comes to it. */
  readonly waiters: number;
}

export interface MonitorSight {
  readonly queue: MonitorQueue;
  /** State of QEMU's main thread as the kernel writes it, such as `S`, `D` or `T`; absent: not known. */
  readonly mainThread?: string;
  /** For how long the socket has been there, in milliseconds; absent: not known. */
  readonly ageMs?: number;
}

/** Looks at the monitor on `path` without connecting to it. Never rejects. */
export type MonitorWatch = (path: string) => Promise<MonitorSight>;

/** Why a monitor is left alone for the moment. */
export type Obstacle = "starting" | "stopped" | "blocked" | "waited-for" | "held";

/**
 * In its first seconds a QEMU belongs to the platform that starts it: Proxmox asks for the version and sets the balloon to its
 * minimum, and a command that fails there fails the whole start (qemu-server, `vm_start_nolock`).
 */
export const START_REST_MS = 5_000;

const STOPPED: ReadonlySet<string> = new Set(["T", "t"]);

/**
 * QEMU has two places for clients that wait, and one that leaves keeps its place. So only a monitor that no client has or waits for is
 * connected to, and never one whose QEMU cannot come to it. Absent: nothing is in the way.
 */
export function obstacleOf({ queue, mainThread = "", ageMs }: MonitorSight): Obstacle | undefined {
  if (ageMs !== undefined && ageMs < START_REST_MS) return "starting";
  if (STOPPED.has(mainThread)) return "stopped";
  if (mainThread === "D") return "blocked";
  if (queue.waiters > 0) return "waited-for";
  return queue.holders > 0 ? "held" : undefined;
}
