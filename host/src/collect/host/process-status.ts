/** Parser of `/proc/PID/status` (proc_pid_status(5)): what a process holds; pure. */

export interface ProcessMemory {
  readonly residentBytes: number;
  readonly swappedBytes: number;
  readonly lockedBytes: number;
}

/** `undefined` when the text has no `VmRSS`: the process is gone, ending, or a kernel thread. */
export function parseProcessMemory(text: string): ProcessMemory | undefined {
  const residentBytes = field(text, "VmRSS");
  if (residentBytes === undefined) return undefined;
  return { residentBytes, swappedBytes: field(text, "VmSwap") ?? 0, lockedBytes: field(text, "VmLck") ?? 0 };
}

function field(text: string, name: string): number | undefined {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text);
  return match === null ? undefined : Number(match[1]) * 1024;
}
