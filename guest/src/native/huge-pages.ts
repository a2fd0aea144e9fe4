/**
 * Keeps transparent huge pages out of this process. Where the kernel gives them unasked (Debian's does), Node's many small regions become
 * 2 MiB pages that it hardly uses: several megabytes more in every guest.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beginAnew } from "./begin-anew.ts";
import type { Libc } from "./libc.ts";

/** linux/prctl.h; the setting outlives execve(2). */
const PR_SET_THP_DISABLE = 41;
const PR_GET_THP_DISABLE = 42;

/**
 * Begins this program anew without huge pages, as the same process, if it has them: what it was given so far cannot be handed back.
 * Returns when there is nothing to do, or nothing that can be done.
 */
export function refuseHugePages(libc: Libc, sysRoot: string): void {
  if (!areGivenUnasked(sysRoot) || libc.prctl(PR_GET_THP_DISABLE, 0) !== 0) return;
  if (libc.prctl(PR_SET_THP_DISABLE, 1) !== 0) return;
  beginAnew(libc);
}

/** Kernel: Documentation/admin-guide/mm/transhuge.rst. */
function areGivenUnasked(sysRoot: string): boolean {
  try {
    return readFileSync(join(sysRoot, "kernel/mm/transparent_hugepage/enabled"), "latin1").includes(
      "[always]",
    );
  } catch {
    return false;
  }
}
