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
const MOST_PROBLEMS = 20;
const LONGEST_SHOWN = 60;

const SECTION = /^\[([^\]]*)\]\s*$/;
const SNAPSHOT_NAME = /^[A-Za-z][\w-]*$/;
const SETTING = /^([A-Za-z][\w-]*):\s*(.*?)\s*$/;

type Section = "current" | "pending" | "snapshot" | "skipped";

/** Never throws: what cannot be read is named and left out, as Proxmox does. */
export function readSections(untrustedText: string): ConfigSections {
  const current: ConfigLine[] = [];
  const pending: ConfigLine[] = [];
  const snapshots: string[] = [];
  const problems: ConfigProblem[] = [];
  const complain = (line: number, text: string) => {
    if (problems.length < MOST_PROBLEMS) problems.push({ line, text });
  };
  if (untrustedText.length > MOST_CONFIG_CHARS) {
    return {
      current,
      pending,
      snapshots,
      problems: [{ line: 1, text: "it is too long for a guest's configuration" }],
    };
  }
  let section: Section = "current";
  for (const [index, raw] of untrustedText.split("\n").entries()) {
    const text = raw.replace(/\r$/, "");
    const line = index + 1;
    const header = SECTION.exec(text)?.[1];
    if (header !== undefined) {
      section = sectionOf(header);
      if (section === "snapshot") snapshots.push(header);
      continue;
    }
    if (text.startsWith("#") || text.trim() === "" || section === "snapshot" || section === "skipped")
      continue;
    const [, key, value] = SETTING.exec(text) ?? [];
    if (key === undefined || value === undefined)
      complain(line, `a line that is no setting: "${shown(text)}"`);
    else if (key !== key.toLowerCase()) complain(line, `${shown(key)}: unknown key, keys are lower case`);
    else if (section === "pending") pending.push({ key, value, line });
    else current.push({ key, value, line });
  }
  return { current, pending, snapshots, problems };
}

function sectionOf(header: string): Section {
  if (header.toLowerCase() === "pending") return "pending";
  return SNAPSHOT_NAME.test(header) ? "snapshot" : "skipped";
}

/** Foreign text for a message. */
export function shown(untrustedText: string): string {
  return foreignText(untrustedText, LONGEST_SHOWN);
}
