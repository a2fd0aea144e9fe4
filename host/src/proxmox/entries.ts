/** One guest of Proxmox VE as an entry of the broker: the admin's own limits, its sockets, and why it is left alone. Pure. */
import type { EntryDefaults, GuestEntry } from "../model/inventory.ts";
import type { QemuDescription } from "../qemu-arguments/describe.ts";
import { isProxmoxMonitor } from "../qemu-arguments/monitors.ts";
import type { ProxmoxGuest, ProxmoxObjection } from "./guest-config.ts";

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

/** `qemu` is what the running process's command line says: sockets are taken from it, not from the file. */
export function entryOf(
  guest: ProxmoxGuest,
  qemu: QemuDescription,
  defaults: EntryDefaults,
): GuestEntry | undefined {
  if (guest.verdict === "ignore") return undefined;
  const own = qemu.monitors.find(({ usable }) => usable)?.path;
  const shared = qemu.monitors.find(({ kind, path = "" }) => kind === "unix" && isProxmoxMonitor(path))?.path;
  const qmpPath = own ?? shared;
  if (qmpPath === undefined) return undefined;
  const leftAlone = leftAloneText(guest);
  return {
    name: `qemu/${guest.vmid}`,
    source: "proxmox",
    qmpPath,
    ...(own === undefined && { qmpMode: "lease" }),
    ...(qemu.agentSocket !== undefined && { agentPath: qemu.agentSocket }),
    min: { kind: "bytes", bytes: guest.minBytes },
    max: { kind: "bytes", bytes: guest.maxBytes },
    shares: defaults.shares,
    ...(leftAlone !== undefined && { leftAlone }),
    ...(guest.lock !== undefined && { lock: guest.lock }),
  };
}

/** All objections, and the one line that hands the guest over where nothing else stands against it. */
export function leftAloneText({ why, handOver, startsInflated, vmid }: ProxmoxGuest): string | undefined {
  if (why.length === 0) return undefined;
  const reasons = why.map((one) => OBJECTION_TEXTS[one]).join("; ");
  if (handOver !== undefined) return `${reasons}; to hand it over to Ballast: ${handOver}`;
  const wayBack = startsInflated
    ? `; Proxmox starts it at its minimum all the same: qm set ${vmid} --delete balloon`
    : "";
  return `${reasons}${wayBack}`;
}
