/** Parser of `/proc/PID/status` (proc_pid_status(5)): what a process holds; pure. */

export interface ProcessStatus {
  readonly processId: number;
  readonly residentBytes: number;
  readonly swappedBytes: number;
  readonly lockedBytes: number;
}

/** `undefined` when the text has no `Pid` or `VmRSS`: the process is gone, ending, or a kernel thread. */
export function parseProcessStatus(text: string): ProcessStatus | undefined {
  const residentBytes = field(text, "VmRSS");
  const processId = Number(/^Pid:\s+(\d+)$/m.exec(text)?.[1]);
  if (residentBytes === undefined || !Number.isSafeInteger(processId)) return undefined;
  return {
    processId,
    residentBytes,
    swappedBytes: field(text, "VmSwap") ?? 0,
    lockedBytes: field(text, "VmLck") ?? 0,
  };
}

function field(text: string, name: string): number | undefined {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text);
  return match === null ? undefined : Number(match[1]) * 1024;
}
