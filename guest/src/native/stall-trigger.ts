/** Asks the kernel to tell when tasks wait for memory (kernel: Documentation/accounting/psi.rst, "Monitoring for pressure thresholds"). */
import { closeSync, constants, openSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";

/**
 * Some task waited for 3.5 % of the time: moderate pressure. The longer window is for processes without CAP_SYS_RESOURCE, which the
 * kernel limits to multiples of 2 s.
 */
const TRIGGERS = ["some 35000 1000000\0", "some 70000 2000000\0"];

/** File system type of /proc (linux/magic.h). */
const PROC_SUPER_MAGIC = 0x9fa0;

/** A descriptor that has POLLPRI while memory stalls; absent where the kernel has no triggers: then sampling alone must tell. */
export function openStallTrigger(procRoot: string): number | undefined {
  const path = join(procRoot, "pressure/memory");
  for (const trigger of TRIGGERS) {
    const fd = openFor(path);
    if (fd === undefined) return undefined;
    try {
      writeSync(fd, trigger);
      return fd;
    } catch {
      closeSync(fd);
    }
  }
  return undefined;
}

function openFor(path: string): number | undefined {
  try {
    // A recorded tree is only looked at.
    if (statfsSync(path).type !== PROC_SUPER_MAGIC) return undefined;
    return openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
}
