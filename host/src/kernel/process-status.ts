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

const PID = /^\s+(\d+)$/;
const SIZE = /^\s+(\d{1,20}) kB$/;

/** `undefined` when the text has no `Pid` or `VmRSS`: the process is gone, ending, or a kernel thread. */
export function parseProcessStatus(text: string): ProcessStatus | undefined {
  const residentBytes = field(text, "VmRSS");
  const processId = Number(PID.exec(behind(text, "Pid") ?? "")?.[1]);
  if (residentBytes === undefined || !Number.isSafeInteger(processId)) return undefined;
  return {
    processId,
    residentBytes,
    swappedBytes: field(text, "VmSwap") ?? 0,
    sharedBytes: field(text, "RssShmem") ?? 0,
    lockedBytes: Math.max(field(text, "VmLck") ?? 0, field(text, "VmPin") ?? 0),
    hugetlbBytes: field(text, "HugetlbPages") ?? 0,
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

function field(text: string, name: string): number | undefined {
  const match = SIZE.exec(behind(text, name) ?? "");
  return match === null ? undefined : Number(match[1]) * 1024;
}

/** What stands behind a line's name; the first line, which is the process's own name, is not looked at. One such text is read each second of each guest. */
function behind(text: string, name: string): string | undefined {
  const label = `\n${name}:`;
  const at = text.indexOf(label);
  if (at < 0) return undefined;
  const end = text.indexOf("\n", at + 1);
  return text.slice(at + label.length, end < 0 ? undefined : end);
}
