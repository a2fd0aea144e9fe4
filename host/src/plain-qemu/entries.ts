/** Which running QEMUs become guests of the broker: those that no other program manages and that have a monitor to spare. Pure. */
import type { EntryDefaults, FoundGuests, GuestEntry, QemuProcess } from "../model/inventory.ts";
import { contestedSockets, isContested } from "../qemu-arguments/contested-sockets.ts";
import { describeQemu, type QemuDescription } from "../qemu-arguments/describe.ts";

/** What may stand in a guest's name; the rest becomes a hyphen. */
const STRANGE = /[^\w.-]+/g;
const LONGEST_NAME = 64;

/** One guest a process, named by `-name` and, where that is taken or missing, by its process. */
export function entriesOf(processes: readonly QemuProcess[], defaults: EntryDefaults): FoundGuests {
  const entries = new Map<string, GuestEntry>();
  const problems: string[] = [];
  const described = processes.map((process) => ({ process, description: describe(process) }));
  const contested = contestedSockets(described.flatMap(({ description }) => description ?? []));
  for (const { process, description } of described) {
    if (description === undefined || description.manager === "proxmox" || description.manager === "libvirt")
      continue;
    const name = nameOf(description, process, entries);
    const qmpPath = description.monitors.find(({ usable }) => usable)?.path;
    const problem = objection(description) ?? monitorProblem(qmpPath, contested);
    if (problem !== undefined || qmpPath === undefined) problems.push(`${name}: ${problem ?? NO_MONITOR}`);
    else entries.set(name, entryOf(name, qmpPath, surePort(description, contested), defaults));
  }
  return { entries: [...entries.values()], problems };
}

/** Which of two QEMUs answers there their command lines do not tell. */
function monitorProblem(path: string | undefined, contested: ReadonlySet<string>): string | undefined {
  if (path === undefined || !isContested(path, contested)) return undefined;
  return `another QEMU was started with its monitor ${path} too, so it is left alone; give each a monitor of its own`;
}

/** The agent's port, unless it may be another guest's: figures of the one would move the other. */
function surePort({ agentSocket }: QemuDescription, contested: ReadonlySet<string>): string | undefined {
  return agentSocket === undefined || isContested(agentSocket, contested) ? undefined : agentSocket;
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
  agentPath: string | undefined,
  defaults: EntryDefaults,
): GuestEntry {
  return {
    name,
    source: "qemu",
    qmpPath,
    ...(agentPath !== undefined && { agentPath }),
    ...defaults,
  };
}
