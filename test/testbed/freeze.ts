/** Lets a process stand still, as a hung QEMU does. */
import { readdirSync, readFileSync } from "node:fs";
import { waitFor } from "./wait.ts";

const FREEZE_LIMIT_MS = 10_000;

/**
 * Stops a process and resolves once each of its threads stands still: a signal reaches a thread when it runs next, and until then it may
 * still answer. SIGCONT lets it go on.
 */
export async function freeze(pid: number): Promise<void> {
  process.kill(pid, "SIGSTOP");
  await waitFor("the process to stand still", () => threadStates(pid).every((state) => state === "T"), {
    timeoutMs: FREEZE_LIMIT_MS,
    intervalMs: 5,
  });
}

/** `/proc/PID/task/TID/stat`, proc(5): the state stands behind the name, which may contain anything. */
function threadStates(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`).map((task) => {
    const stat = readFileSync(`/proc/${pid}/task/${task}/stat`, "latin1");
    return stat.charAt(stat.lastIndexOf(")") + 2);
  });
}
