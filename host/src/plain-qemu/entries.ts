/** Which running QEMUs become guests of the broker: those that nobody else manages and that have a monitor to spare. Pure. */
import type { EntryDefaults, FoundGuests, GuestEntry, QemuProcess } from "../model/inventory.ts";
import { describeQemu, type QemuDescription } from "../qemu-arguments/describe.ts";

/** What may stand in a guest's name; the rest becomes a hyphen. */
const STRANGE = /[^\w.-]+/g;
const LONGEST_NAME = 64;

/** One guest a process, named by `-name` and, where that is taken or missing, by its process. */
export function entriesOf(processes: readonly QemuProcess[], defaults: EntryDefaults): FoundGuests {
  const entries = new Map<string, GuestEntry>();
  const problems: string[] = [];
  for (const process of processes) {
    const description = describe(process);
    if (description === undefined || description.manager === "proxmox" || description.manager === "libvirt")
      continue;
    const name = nameOf(description, process, entries);
    const problem = objection(description);
    const qmpPath = description.monitors.find(({ usable }) => usable)?.path;
    if (problem !== undefined || qmpPath === undefined) problems.push(`${name}: ${problem ?? NO_MONITOR}`);
    else entries.set(name, entryOf(name, qmpPath, description, defaults));
  }
  return { entries: [...entries.values()], problems };
}

const NO_MONITOR =
  "it has no QMP monitor that Ballast may use; `ballast setup qemu` prints the arguments to start it with";

function describe({ untrustedWords, untrustedConfigs, cwd }: QemuProcess): QemuDescription | undefined {
  return describeQemu(untrustedWords, { cwd: cwd ?? "/", readConfig: (path) => untrustedConfigs.get(path) });
}

function objection({ manager, balloon }: QemuDescription): string | undefined {
  if (manager === "incus") return "Incus manages it and keeps its monitor, so it is left alone";
  return balloon === undefined
    ? "it has no balloon device; start it with -device virtio-balloon-pci"
    : undefined;
}

function nameOf(
  { name }: QemuDescription,
  { processId }: QemuProcess,
  taken: ReadonlyMap<string, unknown>,
): string {
  const clean = (name ?? "")
    .replace(STRANGE, "-")
    .replace(/^[^A-Za-z0-9]+/, "")
    .slice(0, LONGEST_NAME);
  return clean === "" || taken.has(clean) ? `qemu-${processId}` : clean;
}

function entryOf(
  name: string,
  qmpPath: string,
  { agentSocket }: QemuDescription,
  defaults: EntryDefaults,
): GuestEntry {
  return {
    name,
    source: "qemu",
    qmpPath,
    ...(agentSocket !== undefined && { agentPath: agentSocket }),
    ...defaults,
  };
}
