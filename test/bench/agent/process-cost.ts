/** What a process costs, read from /proc (kernel: Documentation/filesystems/proc.rst, Documentation/scheduler/sched-stats.rst). */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const KIB = 1024;

export interface ProcessMemory {
  /** Anonymous memory: what nothing but the process's end gives back. */
  readonly privateBytes: number;
  /** With the code that is in memory; most of that can be dropped and read again. */
  readonly residentBytes: number;
  readonly threads: number;
}

export function memoryOf(pid: number): ProcessMemory {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  const number = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? Number.NaN);
  return {
    privateBytes: number("RssAnon") * KIB,
    residentBytes: number("VmRSS") * KIB,
    threads: number("Threads"),
  };
}

/** Time on a processor of all threads so far, in nanoseconds. */
export function cpuNanosecondsOf(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  const times = readdirSync(tasks).map((task) =>
    Number(readFileSync(join(tasks, task, "schedstat"), "latin1").split(" ")[0]),
  );
  return times.reduce((total, time) => total + time, 0);
}
