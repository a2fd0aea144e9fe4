/** What a process costs, as the kernel counts it. */
import { readdirSync, readFileSync } from "node:fs";

/** sysconf(_SC_CLK_TCK) on Linux. */
const TICKS_PER_SECOND = 100;

/** Processor seconds of all threads since the start: `utime` and `stime` (proc_pid_stat(5)). */
export function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Files, sockets and pipes that it has open. */
export function openHandles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** How many a process that is started from here may have open: Node raises its own limit to this. */
export function mostHandles(): number {
  const hard = /^Max open files\s+\S+\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
  return hard === undefined ? Number.POSITIVE_INFINITY : Number(hard);
}
