/** Owns how much of the host's memory a QEMU process holds for its guest's memory, apart from what it holds beside it. */
import { readFileSync } from "node:fs";

/** Bytes of one process's guest memory. */
export interface GuestRam {
  /** Resident pages. */
  readonly residentBytes: number;
  /** The process's part of the pages that it has, shared ones divided by all that share them (`Pss`): what KSM has merged counts once over all guests. */
  readonly heldBytes: number;
  /** In huge pages (`AnonHugePages`). */
  readonly hugeBytes: number;
}

const MAPPING = /^[0-9a-f]+-[0-9a-f]+ /m;
const KIB = 1024;

/** Reads it from the text of /proc/PID/smaps: guest memory is the largest mapping of just the guest's size. `undefined` when there is none. */
export function parseGuestRam(smaps: string, fullBytes: number): GuestRam | undefined {
  const field = (mapping: string, name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(mapping)?.[1] ?? 0) * KIB;
  const found = smaps
    .split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)
    .filter((text) => MAPPING.test(text) && field(text, "Size") === fullBytes)
    .map((text) => ({
      residentBytes: field(text, "Rss"),
      heldBytes: field(text, "Pss"),
      hugeBytes: field(text, "AnonHugePages"),
    }));
  return found.sort((a, b) => b.residentBytes - a.residentBytes)[0];
}

/** The same of a process that runs now; `undefined` when it has ended. */
export function guestRam(pid: number, fullBytes: number): GuestRam | undefined {
  try {
    return parseGuestRam(readFileSync(`/proc/${pid}/smaps`, "utf8"), fullBytes);
  } catch {
    return undefined;
  }
}
