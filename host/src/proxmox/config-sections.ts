/**
 * Splits a guest's configuration of Proxmox VE (`/etc/pve/qemu-server/VMID.conf`) into what runs now, what waits for the next start, and
 * snapshots. The grammar is that of `PVE::QemuServer::parse_vm_config`: `key: value` lines, `#` lines are the description, `[…]` begins a
 * section. Pure.
 */

import { foreignText } from "../model/foreign-text.ts";

/** One setting with its place. */
export interface ConfigLine {
  readonly key: string;
  readonly value: string;
  /** Counted from 1. */
  readonly line: number;
}

/** A line that cannot be read, with its place; the file as a whole is read all the same. */
export interface ConfigProblem {
  readonly line: number;
  readonly text: string;
}

/** A configuration, section by section. */
export interface ConfigSections {
  /** What holds for the running guest, in the file's order. Of two equal keys the later counts whose value can be read. */
  readonly current: readonly ConfigLine[];
  /** What changes with the next start; `delete` names the keys that go. */
  readonly pending: readonly ConfigLine[];
  readonly snapshots: readonly string[];
  readonly problems: readonly ConfigProblem[];
}

/** Proxmox's own files have a few kilobytes; what is longer is not one of them. */
export const MOST_CONFIG_CHARS = 512 * 1024;
/** A file full of nonsense is named by its first lines. */
export const MOST_PROBLEMS = 20;
const LONGEST_SHOWN = 60;

/** White space as Perl has it in bytes; JavaScript's `\s` has more. */
const SPACE = "[ \\t\\r\\f\\v]*";
const BLANK = new RegExp(`^${SPACE}$`);
const SECTION = new RegExp(`^\\[([^\\]]*)\\]${SPACE}$`);
const SNAPSHOT_NAME = /^[a-z][a-z0-9_-]+$/i;
/** Proxmox's own mark, which is never kept. */
const SNAP_STATE = new RegExp(`snapstate:${SPACE}(?:prepare|delete)${SPACE}$`);
const ARGS = new RegExp(`^(args):${SPACE}([^\\n]*[^ \\t\\r\\f\\v])${SPACE}$`);
const SETTING = new RegExp(`^([a-z][a-z_-]*\\d*):${SPACE}([^\\n]+?)${SPACE}$`);
const WRONG_CASE = /^([A-Za-z][\w-]*):/;

type Section = "current" | "pending" | "snapshot" | "skipped";

/** Never throws: what cannot be read is named and left out, as Proxmox does. */
export function readSections(untrustedText: string): ConfigSections {
  const current: ConfigLine[] = [];
  const pending: ConfigLine[] = [];
  const snapshots = new Set<string>();
  const problems: ConfigProblem[] = [];
  const complain = (line: number, text: string) => {
    if (problems.length < MOST_PROBLEMS) problems.push({ line, text });
  };
  if (untrustedText.length > MOST_CONFIG_CHARS) {
    return {
      current,
      pending,
      snapshots: [],
      problems: [{ line: 1, text: "it is too long for a guest's configuration" }],
    };
  }
  let section: Section = "current";
  let hasPending = false;
  for (const [index, text] of untrustedText.split("\n").entries()) {
    const line = index + 1;
    const header = SECTION.exec(text)?.[1];
    if (header !== undefined) {
      section = sectionOf(header);
      if (section === "snapshot" ? snapshots.has(header) : section === "pending" && hasPending)
        complain(line, `a second section [${shown(header)}]: of the two the later counts`);
      if (section === "snapshot") snapshots.add(header);
      if (section !== "pending") continue;
      hasPending = true;
      pending.length = 0;
    } else if (section === "current" || section === "pending") {
      const read = settingOf(text, section === "pending");
      if (typeof read === "string") complain(line, read);
      else if (read !== undefined) (section === "pending" ? pending : current).push({ ...read, line });
    }
  }
  return { current, pending, snapshots: [...snapshots], problems };
}

/** `undefined`: it sets nothing, a blank or a line of the description; a text: it cannot be read, and why. */
function settingOf(text: string, isPending: boolean): Omit<ConfigLine, "line"> | string | undefined {
  if (BLANK.test(text) || text.startsWith("#") || SNAP_STATE.test(text)) return undefined;
  const [, key = "", value = ""] = ARGS.exec(text) ?? SETTING.exec(text) ?? [];
  if (key === "") {
    const word = WRONG_CASE.exec(text)?.[1];
    return word !== undefined && word !== word.toLowerCase()
      ? `${shown(word)}: unknown key, keys are lower case`
      : `a line that is no setting: "${shown(text)}"`;
  }
  if (key === "delete" && !isPending) return "delete: is only read beneath [PENDING]";
  return key !== "args" && value.includes("\r") ? `${key}: a line end in the middle` : { key, value };
}

function sectionOf(header: string): Section {
  if (header.toLowerCase() === "pending") return "pending";
  return SNAPSHOT_NAME.test(header) ? "snapshot" : "skipped";
}

/** Foreign text for a message. */
export function shown(untrustedText: string): string {
  return foreignText(untrustedText, LONGEST_SHOWN);
}
