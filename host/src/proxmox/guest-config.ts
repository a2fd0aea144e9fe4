/**
 * What a guest's configuration of Proxmox VE means for Ballast: its limits, whether Proxmox balances it itself, and what forbids to move its
 * balloon. A first guess: the running QEMU decides. Keys and defaults are those of `PVE::QemuServer`. Pure.
 */
import { parseArguments } from "../qemu-arguments/arguments.ts";
import { describeArguments } from "../qemu-arguments/describe.ts";
import { isProxmoxMonitor } from "../qemu-arguments/monitors.ts";
import {
  type ConfigLine,
  type ConfigProblem,
  MOST_PROBLEMS,
  readSections,
  shown,
} from "./config-sections.ts";
import {
  boolean,
  dnsName,
  hotplugFeatures,
  integer,
  isSet,
  lastOf,
  memoryMib,
  type ReadValue,
  type Settings,
  text,
} from "./config-values.ts";
import { shellWords } from "./shell-words.ts";

const MIB = 1024 * 1024;
/** Proxmox falls back on it where `memory` cannot be read. */
const DEFAULT_MEMORY_MIB = 512;
/** Proxmox's weight of a guest that has a range and no `shares` line. */
const DEFAULT_SHARES = 1000;

/** Why a guest is not driven: named in `status` and by `check`. */
export const PROXMOX_OBJECTIONS = [
  "template",
  "no-balloon-device",
  "fixed-memory",
  "passthrough",
  "hugepages",
  "confidential",
  "balanced-by-proxmox",
] as const;
export type ProxmoxObjection = (typeof PROXMOX_OBJECTIONS)[number];

/** What is worth knowing and stops nothing. */
export type ProxmoxFlag =
  | "memory-hotplug"
  | "shared-memory"
  | "windows"
  | "starts-paused"
  | "ksm-off"
  | "one-host-node";

/** One guest as its configuration has it. */
export interface ProxmoxGuest {
  readonly vmid: number;
  readonly name?: string;
  readonly maxBytes: number;
  /** Equal to the maximum where the admin set no range. */
  readonly minBytes: number;
  /** As Proxmox counts: 0 switches its balancer off; absent without a range. */
  readonly shares?: number;
  /** `drive`: Ballast moves its balloon; `observe`: it is shown and left alone; `ignore`: it never runs as a guest. */
  readonly verdict: "drive" | "observe" | "ignore";
  readonly why: readonly ProxmoxObjection[];
  /** The one command that hands the guest over; only where nothing else forbids to drive it. */
  readonly handOver?: string;
  /** Nothing is taken while this lock stands in the file. */
  readonly lock?: string;
  readonly flags: readonly ProxmoxFlag[];
  /** Sockets that `args` adds: true of the running guest if it was started since. */
  readonly agentSocket?: string;
  readonly ownMonitor?: string;
  /** Proxmox starts it with its balloon at the minimum although nothing may be taken from it. */
  readonly startsInflated: boolean;
  /** Keys that change with the next start. */
  readonly pending: readonly string[];
  readonly snapshots: readonly string[];
  readonly problems: readonly ConfigProblem[];
}

/** Reads `/etc/pve/qemu-server/VMID.conf`; never throws, what cannot be read is in `problems`. */
export function parseGuestConfig(vmid: number, untrustedText: string): ProxmoxGuest {
  const { current, pending, snapshots, problems } = readSections(untrustedText);
  const found = [...problems];
  const memory = memoryOf(current, found);
  const added = addedByArgs(
    current.findLast(({ key }) => key === "args"),
    found,
  );
  const why = objectionsOf(current, memory, added.passthrough, found);
  const lock = lastOf(current, "lock", text, found, unreadable("lock"));
  const name = lastOf(
    current,
    "name",
    dnsName,
    found,
    (value) => `name: ${shown(value)} is no DNS name, so it is left out`,
  );
  return {
    vmid,
    ...(name !== undefined && { name }),
    maxBytes: memory.maxMib * MIB,
    minBytes: memory.minMib * MIB,
    ...(memory.shares !== undefined && { shares: memory.shares }),
    verdict: why.length === 0 ? "drive" : why.includes("template") ? "ignore" : "observe",
    why,
    ...(why.length === 1 && why[0] === "balanced-by-proxmox" && { handOver: `qm set ${vmid} --shares 0` }),
    ...(lock !== undefined && lock !== "0" && { lock: shown(lock) }),
    flags: flagsOf(current, found),
    ...(added.agentSocket !== undefined && { agentSocket: added.agentSocket }),
    ...(added.ownMonitor !== undefined && { ownMonitor: added.ownMonitor }),
    startsInflated: memory.minMib < memory.maxMib && why.some((one) => PINNED.has(one)),
    pending: pending.map(({ key }) => key),
    snapshots,
    problems: found.sort((a, b) => a.line - b.line).slice(0, MOST_PROBLEMS),
  };
}

const PINNED: ReadonlySet<ProxmoxObjection> = new Set(["passthrough", "hugepages", "confidential"]);

function unreadable(key: string): (untrustedValue: string) => string {
  return (untrustedValue) => `${key}: ${shown(untrustedValue)} cannot be read, so Proxmox leaves it out`;
}

interface Memory {
  readonly maxMib: number;
  readonly minMib: number;
  readonly shares: number | undefined;
  /** `balloon: 0` leaves the device out. */
  readonly hasDevice: boolean;
}

function memoryOf(settings: Settings, problems: ConfigProblem[]): Memory {
  const fallback = `memory: not a whole number from 16 on, Proxmox falls back on ${DEFAULT_MEMORY_MIB}`;
  const maxMib = lastOf(settings, "memory", memoryMib, problems, () => fallback) ?? DEFAULT_MEMORY_MIB;
  const balloon = lastOf(settings, "balloon", integer, problems, () => "balloon: not a whole number");
  if (balloon !== undefined && balloon > maxMib) {
    const line = settings.findLast(({ key }) => key === "balloon")?.line ?? 1;
    problems.push({ line, text: "balloon is larger than memory" });
  }
  const hasRange = balloon !== undefined && balloon > 0 && balloon < maxMib;
  const notWhole = (value: string) => `shares: ${shown(value)} is not a whole number`;
  const shares = lastOf(settings, "shares", integer, problems, notWhole);
  return {
    maxMib,
    minMib: hasRange ? balloon : maxMib,
    shares: shares ?? (hasRange ? DEFAULT_SHARES : undefined),
    hasDevice: balloon !== 0,
  };
}

function objectionsOf(
  settings: Settings,
  memory: Memory,
  isPassedByArgs: boolean,
  problems: ConfigProblem[],
): ProxmoxObjection[] {
  if (lastOf(settings, "template", boolean, problems, unreadable("template"))) return ["template"];
  if (!memory.hasDevice) return ["no-balloon-device"];
  const why: ProxmoxObjection[] = [];
  if (isSet(settings, /^hostpci\d+$/) || isPassedByArgs) why.push("passthrough");
  if (isSet(settings, /^hugepages$/)) why.push("hugepages");
  if (isSet(settings, /^(?:amd-sev|intel-tdx)$/)) why.push("confidential");
  if (memory.minMib >= memory.maxMib) why.push("fixed-memory");
  else if (memory.shares !== 0) why.push("balanced-by-proxmox");
  return why;
}

function flagsOf(settings: Settings, problems: ConfigProblem[]): ProxmoxFlag[] {
  const last = <T>(key: string, read: ReadValue<T>) => lastOf(settings, key, read, problems, unreadable(key));
  const some = (pattern: RegExp, holds: RegExp) =>
    settings.some((setting) => pattern.test(setting.key) && holds.test(setting.value));
  const flags: [ProxmoxFlag, boolean][] = [
    ["memory-hotplug", last("hotplug", hotplugFeatures)?.has("memory") === true],
    ["shared-memory", some(/^virtiofs\d+$/, /./)],
    ["windows", /^(?:w|win)\w+$/.test(last("ostype", text) ?? "")],
    ["starts-paused", last("freeze", boolean) === true],
    ["ksm-off", last("allow-ksm", boolean) === false],
    ["one-host-node", some(/^numa\d+$/, /(?=.*hostnodes=\d+(?:,|$))(?=.*policy=bind)/)],
  ];
  return flags.flatMap(([flag, holds]) => (holds ? [flag] : []));
}

/** What `args` adds to the command line. */
interface Added {
  readonly passthrough: boolean;
  readonly agentSocket?: string;
  readonly ownMonitor?: string;
}

function addedByArgs(setting: ConfigLine | undefined, problems: ConfigProblem[]): Added {
  if (setting === undefined) return { passthrough: false };
  const words = shellWords(setting.value);
  if (words === undefined) {
    problems.push({ line: setting.line, text: "args: a quote is not closed" });
    return { passthrough: false };
  }
  const { passthrough, agentSocket, monitors } = describeArguments(parseArguments(words), "/");
  const own = monitors.find(
    ({ usable, path }) => usable && path !== undefined && !isProxmoxMonitor(path),
  )?.path;
  return {
    passthrough,
    ...(agentSocket !== undefined && { agentSocket }),
    ...(own !== undefined && { ownMonitor: own }),
  };
}
