/** Runs Proxmox's own `qm`, which checks rights and locks, writes the task log and puts off what a running guest cannot take. */
import { execFile } from "node:child_process";

/** `qm` waits 10 s for a lock by itself. */
const LONGEST_MS = 60_000;
const MOST_OUTPUT_BYTES = 64 * 1024;
const LONGEST_SHOWN = 500;

/** `qm` did not do it; the message has its own words. */
export class QmError extends Error {
  readonly code = "QM_FAILED";
}

/** Runs `qm` with these words, never through a shell. */
export type Qm = (words: readonly string[]) => Promise<void>;

/** Found by name, as the admin would run it. */
export const runQm: Qm = (words) =>
  new Promise((resolve, reject) => {
    const limits = { timeout: LONGEST_MS, maxBuffer: MOST_OUTPUT_BYTES, encoding: "utf8" } as const;
    execFile("qm", words, limits, (error, _stdout, untrustedStderr) => {
      if (error === null) resolve();
      else reject(new QmError(failureText(words, error, untrustedStderr), { cause: error }));
    });
  });

function failureText(words: readonly string[], error: Error, untrustedStderr: string): string {
  const code = "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "there is no qm here: run this on the guest's Proxmox node, as root";
  const said = untrustedStderr.trim().slice(-LONGEST_SHOWN);
  return `qm ${words.slice(0, 2).join(" ")} failed: ${said === "" ? error.message : said}`;
}
