/** Proxmox's configuration of a guest, and the words of its `args` line. */
import { parseGuestConfig } from "../../../host/src/proxmox/guest-config.ts";
import { placedWords } from "../../../host/src/proxmox/shell-words.ts";
import { type FuzzTarget, promise, promiseSizes, textOf } from "../target.ts";
import { recorded } from "./fixtures.ts";

/** A file of the longest length gives a list of problems no longer than this. */
const MOST_PROBLEMS = 100;

export const target: FuzzTarget = {
  seeds: recorded("pve-configs", /\.conf$/),
  words: [
    "\n[PENDING]\n",
    "\n[snap]\n",
    "memory: ",
    "balloon: ",
    "shares: ",
    "args: ",
    "lock: backup",
    "hostpci0: ",
    "hugepages: 1024",
    ": ",
    "\\",
    "'",
    '"',
  ],
  run: (untrustedBytes) => {
    const text = textOf(untrustedBytes);
    const { maxBytes, minBytes, shares, problems } = parseGuestConfig(100, text);
    promiseSizes({ maxBytes, minBytes, shares: shares ?? 0 });
    promise(minBytes <= maxBytes, `the minimum, ${minBytes}, is above the maximum, ${maxBytes}`);
    promise(problems.length <= MOST_PROBLEMS, `${problems.length} problems are told`);
    for (const { start, end } of placedWords(text) ?? [])
      promise(start <= end && end <= text.length, "a word lies outside of its text");
  },
};
