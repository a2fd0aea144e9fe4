/**
 * Sockets that several QEMUs were started with. QEMU removes what stands in its socket's place, so such a path leads to the one that was
 * started last, whatever the others' command lines say: a clone with its origin's arguments, or a guest that moves between two processes.
 * Pure.
 */
import type { QemuDescription } from "./describe.ts";

export function contestedSockets(all: readonly QemuDescription[]): ReadonlySet<string> {
  const paths = all.flatMap((qemu) => [...new Set(socketsOf(qemu).map(placeOf))]);
  return new Set(paths.filter((path, i) => paths.indexOf(path) !== i));
}

/** Whether the path is one of these, however it is written. */
export function isContested(path: string, contested: ReadonlySet<string>): boolean {
  return contested.has(placeOf(path));
}

function socketsOf({ monitors, agentSocket }: QemuDescription): string[] {
  const own = monitors.flatMap(({ kind, path }) => (kind === "unix" && path !== undefined ? [path] : []));
  return agentSocket === undefined ? own : [...own, agentSocket];
}

/** `/var/run` is `/run` on every system of today. */
function placeOf(path: string): string {
  return path.replace(/^\/var\/run\//, "/run/");
}
