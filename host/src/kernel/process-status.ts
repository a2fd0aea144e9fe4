/** Parser of `/proc/PID/status` (proc_pid_status(5)): what a process holds; pure. */

export interface ProcessStatus {
  readonly processId: number;
  readonly residentBytes: number;
  /** Private pages alone: the kernel leaves swapped shared pages out here. */
  readonly swappedBytes: number;
  /** Of what is resident: mapped pages of shared memory. */
  readonly sharedBytes: number;
  /** Locked by the process, or pinned for a device; the larger of the two, which may be the same pages. */
  readonly lockedBytes: number;
  /** Huge pages of hugetlbfs; not part of what is resident. */
  readonly hugetlbBytes: number;
}

const PID = /^\s+\d+$/;
const SIZE = /^\s+\d{1,20} kB$/;

/** `undefined` when the text has no `Pid` or `VmRSS`: the process is gone, ending, or a kernel thread. */
export function parseProcessStatus(text: string): ProcessStatus | undefined {
  const residentBytes = field(text, "\nVmRSS:");
  const pid = behind(text, "\nPid:") ?? "";
  const processId = PID.test(pid) ? Number.parseInt(pid, 10) : Number.NaN;
  if (residentBytes === undefined || !Number.isSafeInteger(processId)) return undefined;
  return {
    processId,
    residentBytes,
    swappedBytes: field(text, "\nVmSwap:") ?? 0,
    sharedBytes: field(text, "\nRssShmem:") ?? 0,
    lockedBytes: Math.max(field(text, "\nVmLck:") ?? 0, field(text, "\nVmPin:") ?? 0),
    hugetlbBytes: field(text, "\nHugetlbPages:") ?? 0,
  };
}

/** State of the process's main thread as the kernel writes it: `R`, `S`, `D`, `T`, `t`, …; absent: the text does not tell. */
export function parseMainThread(text: string): string | undefined {
  return /^State:\s+(\w)/m.exec(text)?.[1];
}

/** Whether all that is read of it is there: `Threads` stands behind it. */
export function isWholeStatus(text: string): boolean {
  return /^Threads:/m.test(text);
}

/** One such text is read each second of each guest: a match with its groups would be an object for each line. */
function field(text: string, label: string): number | undefined {
  const value = behind(text, label) ?? "";
  return SIZE.test(value) ? Number.parseInt(value, 10) * 1024 : undefined;
}

/** What stands behind a line's label, which begins with the end of the line before: the first line, which is the process's own name, is not looked at. */
function behind(text: string, label: string): string | undefined {
  const at = text.indexOf(label);
  if (at < 0) return undefined;
  const end = text.indexOf("\n", at + 1);
  return text.slice(at + label.length, end < 0 ? undefined : end);
}
