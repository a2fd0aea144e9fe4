/** Which guests do inventories find, and which of them will be left alone? */
import type { FoundGuests, GuestEntry, GuestSource } from "../../model/inventory.ts";
import type { EnvironmentFinding } from "./finding.ts";

const SOURCES: Readonly<Partial<Record<GuestSource, string>>> = {
  proxmox: "guests of Proxmox",
  libvirt: "guests of libvirt",
  qemu: "running QEMUs",
};

const NONE =
  "none is listed, and none is found: list guests beneath guests.static, or let guests.qemu find running QEMUs";

export function judgeFoundGuests({ entries, problems }: FoundGuests): EnvironmentFinding[] {
  if (entries.length === 0 && problems.length === 0) return [{ check: "guests", level: "warn", text: NONE }];
  const bySource = Object.entries(SOURCES).flatMap(([source, words]) => {
    const found = entries.filter((entry) => entry.source === source);
    return found.length === 0 ? [] : [countOf(words, found)];
  });
  const leftAlone = entries.flatMap(({ name, leftAlone }): EnvironmentFinding[] =>
    leftAlone === undefined ? [] : [{ check: name, level: "warn", text: `it is left alone: ${leftAlone}` }],
  );
  const unread = problems.map((text): EnvironmentFinding => ({ check: "guests", level: "warn", text }));
  return [...bySource, ...leftAlone, ...unread];
}

function countOf(words: string, found: readonly GuestEntry[]): EnvironmentFinding {
  const alone = found.filter(({ leftAlone }) => leftAlone !== undefined).length;
  const text = `${found.length} found, ${alone === 0 ? "none" : alone} of them left alone`;
  return { check: words, level: "ok", text };
}
