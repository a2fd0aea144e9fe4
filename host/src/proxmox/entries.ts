/** One guest of Proxmox VE as an entry of the broker: the admin's own limits, its sockets, and why it is left alone. Pure. */
import type { EntryDefaults, GuestEntry } from "../model/inventory.ts";
import { isContested } from "../qemu-arguments/contested-sockets.ts";
import type { QemuDescription } from "../qemu-arguments/describe.ts";
import { isProxmoxMonitor } from "../qemu-arguments/monitors.ts";
import type { ProxmoxGuest, ProxmoxObjection } from "./guest-config.ts";
import { isForeignSocket } from "./own-arguments.ts";

/** What to do about each objection, in words for the admin. */
const OBJECTION_TEXTS: Readonly<Record<ProxmoxObjection, string>> = {
  template: "it is a template, which never runs as a guest",
  "no-balloon-device": "balloon: 0 leaves the balloon device out; set a minimum and restart the guest",
  "fixed-memory": "its memory is fixed: set a minimum below its memory (balloon) to lend what is idle",
  passthrough: "a passed-through device pins all of its memory, so a balloon frees nothing",
  hugepages: "its memory is hugepages, which a balloon cannot free",
  confidential: "its memory is encrypted (SEV or TDX), which a balloon cannot free",
  "balanced-by-proxmox": "Proxmox balances it itself",
};

/** A running guest's QEMU, and what is known of all others. */
export interface RunningGuest {
  /** What its command line says: sockets are taken from it, not from the file. */
  readonly qemu: QemuDescription;
  /** Sockets that other QEMUs were started with as well. */
  readonly contested: ReadonlySet<string>;
}

/** Without entry: there is no monitor to use, or it never runs as a guest. */
export interface EntryOfGuest {
  readonly entry?: GuestEntry;
  /** What keeps a socket from being used. */
  readonly problems: readonly string[];
}

/** The guest as an entry of the broker. */
export function entryOf(guest: ProxmoxGuest, running: RunningGuest, defaults: EntryDefaults): EntryOfGuest {
  if (guest.verdict === "ignore") return { problems: [] };
  const { own, shared, agentPath, problems } = socketsOf(guest, running);
  const qmpPath = own ?? shared;
  if (qmpPath === undefined)
    return { problems: [...problems, `qemu/${guest.vmid}: its QEMU has no monitor`] };
  const leftAlone = leftAloneText(guest);
  const entry: GuestEntry = {
    name: `qemu/${guest.vmid}`,
    source: "proxmox",
    qmpPath,
    ...(own === undefined && { qmpMode: "lease" }),
    ...(agentPath !== undefined && { agentPath }),
    min: { kind: "bytes", bytes: guest.minBytes },
    max: { kind: "bytes", bytes: guest.maxBytes },
    shares: defaults.shares,
    ...(leftAlone !== undefined && { leftAlone }),
    ...(guest.lock !== undefined && { lock: guest.lock }),
  };
  return { entry, problems };
}

/** A socket that is, or may be, another guest's would have the broker move one guest on the figures of the other. */
function socketsOf({ vmid }: ProxmoxGuest, { qemu, contested }: RunningGuest) {
  const isSure = (path: string) => !isForeignSocket(path, vmid) && !isContested(path, contested);
  const usable = qemu.monitors.flatMap((monitor) => (monitor.usable ? (monitor.path ?? []) : []));
  const ports = qemu.agentSocket === undefined ? [] : [qemu.agentSocket];
  const shared = qemu.monitors.find(({ kind, path = "" }) => kind === "unix" && isProxmoxMonitor(path))?.path;
  const unsure = [...usable, ...ports].filter((path) => !isSure(path));
  return {
    own: usable.find(isSure),
    shared,
    agentPath: ports.find(isSure),
    problems: unsure.length === 0 ? [] : [unsureText(vmid, unsure)],
  };
}

function unsureText(vmid: number, paths: readonly string[]): string {
  return `qemu/${vmid}: ${paths.join(" and ")} may lead to another guest, as after a clone or a restore, so it is not used; ballast setup proxmox ${vmid} --apply gives the clone sockets of its own, then start both anew`;
}

/** All objections, and the one line that hands the guest over where nothing else stands against it. */
export function leftAloneText({ why, handOver, startsInflated, vmid }: ProxmoxGuest): string | undefined {
  if (why.length === 0) return undefined;
  const reasons = why.map((one) => OBJECTION_TEXTS[one]).join("; ");
  if (handOver !== undefined)
    return `${reasons}; to hand it over to Ballast: ${handOver}, or ballast setup proxmox ${vmid} --apply, which keeps its weight`;
  const wayBack = startsInflated
    ? `; Proxmox starts it at its minimum all the same: qm set ${vmid} --delete balloon`
    : "";
  return `${reasons}${wayBack}`;
}
