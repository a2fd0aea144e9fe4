/** Sees to it that the agent is neither the OOM killer's choice nor left waiting for the processor. */
import { writeFileSync } from "node:fs";
import { getPriority, setPriority } from "node:os";
import type { Log } from "../log.ts";

/** Not -1000: a guest with nothing else to kill would panic. */
const OOM_SCORE_ADJ = "-999";
const HIGHEST_PRIORITY = -20;

/** Needs root; without it the agent runs on and says so. */
export function takePriority(log: Log): void {
  attempt(log, "be spared by the OOM killer", () => writeFileSync("/proc/self/oom_score_adj", OOM_SCORE_ADJ));
  // Where the service has it already, the agent needs no right to change it.
  if (getPriority() !== HIGHEST_PRIORITY)
    attempt(log, "run at a high priority", () => setPriority(HIGHEST_PRIORITY));
}

function attempt(log: Log, what: string, task: () => void): void {
  try {
    task();
  } catch (error) {
    log.write("warn", `cannot ${what} (${error instanceof Error ? error.message : error}): ${advice()}`);
  }
}

/** Root lacks the right in a container, or under a unit that takes it away. */
function advice(): string {
  return process.geteuid?.() === 0
    ? "give the container or the service CAP_SYS_RESOURCE and CAP_SYS_NICE"
    : "run the agent as root";
}
