/** Sets KSM's knobs, and unmerges pages in a child process. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { KSM_KNOB_FILES, type KsmWrites } from "../../model/ksm.ts";
import type { KsmWriter, UnmergeRun } from "../../model/ksm-adapters.ts";
import { KsmWriteError } from "./errors.ts";

/** Writes below `folder`, usually `/sys/kernel/mm/ksm`. */
export function createKsmKnobs(folder: string): KsmWriter {
  return {
    write: (writes) => writeAll(folder, writes),
    unmerge: () => unmerge(join(folder, KSM_KNOB_FILES.run)),
  };
}

async function writeAll(folder: string, writes: KsmWrites): Promise<void> {
  for (const [knob, file] of Object.entries(KSM_KNOB_FILES)) {
    const value = writes[knob as keyof KsmWrites];
    if (value !== undefined) await writeKnob(folder, file, String(value));
  }
}

/** Never makes a file: a kernel without the knob is told by ENOENT. */
async function writeKnob(folder: string, file: string, value: string): Promise<void> {
  try {
    await using knob = await open(join(folder, file), "r+");
    await knob.truncate(0).catch(() => undefined);
    await knob.write(`${value}\n`, 0);
  } catch (cause) {
    throw new KsmWriteError(file, value, cause);
  }
}

/**
 * The kernel does the work in the process that writes 2, for as long as it takes, and marks it as the first to be killed when memory runs
 * out. So a shell writes, not the broker. A signal ends it: the kernel then leaves the rest merged.
 */
function unmerge(path: string): UnmergeRun {
  const child = spawn("/bin/sh", ["-c", 'echo 2 > "$1"', "sh", path], { stdio: "ignore" });
  let stopped = false;
  const ended = once(child, "exit").then(
    ([code]) => (code === 0 ? ("done" as const) : stopped ? ("stopped" as const) : ("failed" as const)),
    () => "failed" as const,
  );
  return {
    ended,
    stop: () => {
      stopped = true;
      child.kill("SIGKILL");
    },
  };
}
