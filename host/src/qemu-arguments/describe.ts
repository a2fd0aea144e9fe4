/** A running QEMU by its command line: its platform, memory, balloon, monitors and agent channel. Pure. */

import { named, parseArguments, type QemuArgument, qemuWords } from "./arguments.ts";
import { AGENT_PORT } from "./ballast-arguments.ts";
import { type MemoryArguments, memoryOf } from "./memory.ts";
import {
  type CharacterDevices,
  characterDevices,
  type Manager,
  type MonitorArgument,
  monitorsOf,
} from "./monitors.ts";
import { isOn } from "./option-string.ts";

/** The balloon device. */
export interface BalloonArgument {
  /** Absent: QEMU named it itself. */
  readonly id?: string;
  /** Its QOM path; of a device without id the number is not known. */
  readonly path: string;
  readonly deflateOnOom: boolean;
  readonly freePageReporting: boolean;
}

/** What a command line says of its QEMU. A first guess: the running QEMU decides. */
export interface QemuDescription {
  readonly manager: Manager;
  readonly name?: string;
  /** Proxmox's number of the guest. */
  readonly id?: string;
  readonly uuid?: string;
  readonly memory: MemoryArguments;
  readonly balloon?: BalloonArgument;
  readonly monitors: readonly MonitorArgument[];
  /** The host's end of the agent's port; absent: there is none, or it was handed over as an open file. */
  readonly agentSocket?: string;
  /** A device pins all memory: VFIO, or vDPA. */
  readonly passthrough: boolean;
  /** It waits for a migration to come in. */
  readonly incoming: boolean;
  /** It was started without running its guest, and not as its manager always does. */
  readonly startsPaused: boolean;
}

/** How the process was found. */
export interface ProcessPlace {
  /** Its working folder: paths on the command line are relative to it. */
  readonly cwd: string;
  /** The text of a file behind `-readconfig`. */
  readonly readConfig?: (path: string) => string | undefined;
}

/** `undefined`: the words are not those of a QEMU. */
export function describeQemu(
  untrustedWords: readonly string[],
  { cwd, readConfig }: ProcessPlace,
): QemuDescription | undefined {
  const words = qemuWords(untrustedWords);
  return words === undefined ? undefined : describeArguments(parseArguments(words, readConfig), cwd);
}

/** The same for arguments alone, as a configuration adds them. */
export function describeArguments(all: readonly QemuArgument[], cwd: string): QemuDescription {
  const devices = characterDevices(all, cwd);
  const manager = managerOf(all);
  const balloon = balloonOf(all);
  const agentSocket = agentSocketOf(all, devices);
  const incoming = all.some(({ name }) => name === "incoming");
  return {
    manager,
    ...text("name", named(all, "name").at(-1)?.get("guest")),
    ...text("id", all.findLast(({ name }) => name === "id")?.text ?? proxmoxIdOf(all)),
    ...text("uuid", all.findLast(({ name }) => name === "uuid")?.text),
    memory: memoryOf(all),
    ...(balloon !== undefined && { balloon }),
    monitors: monitorsOf(all, devices, cwd, manager),
    ...text("agentSocket", agentSocket),
    passthrough: isPinned(all),
    incoming,
    startsPaused: incoming || (manager === "none" && all.some(({ name }) => name === "S")),
  };
}

function text<K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: string };
}

function managerOf(all: readonly QemuArgument[]): Manager {
  const has = (name: string, pattern: RegExp) =>
    all.some((one) => one.name === name && pattern.test(one.text));
  if (proxmoxIdOf(all) !== undefined) return "proxmox";
  if (has("object", /masterKey0/) || has("chardev", /\bid=charmonitor\b/)) return "libvirt";
  if (has("readconfig", /\/(?:incus|lxd)\//) || has("smbios", /product=(?:Incus|LXD)/)) return "incus";
  return "none";
}

/** Proxmox itself knows its QEMUs by this file (PVE::QemuServer::Helpers, `parse_cmdline`). */
function proxmoxIdOf(all: readonly QemuArgument[]): string | undefined {
  const files = all.filter(({ name }) => name === "pidfile");
  const ids = files.map(({ text }) => /^(?:\/var)?\/run\/qemu-server\/(\d+)\.pid$/.exec(text)?.[1]);
  return ids.find((id) => id !== undefined);
}

function balloonOf(all: readonly QemuArgument[]): BalloonArgument | undefined {
  const device = named(all, "device").find(
    (options) => options.get("driver")?.startsWith("virtio-balloon") === true,
  );
  if (device === undefined) return undefined;
  const id = device.get("id");
  return {
    ...text("id", id),
    path: id === undefined ? "/machine/peripheral-anon/device[N]" : `/machine/peripheral/${id}`,
    deflateOnOom: isOn(device, "deflate-on-oom"),
    freePageReporting: isOn(device, "free-page-reporting"),
  };
}

function agentSocketOf(all: readonly QemuArgument[], devices: CharacterDevices): string | undefined {
  const port = named(all, "device").find((options) => options.get("name") === AGENT_PORT);
  const endpoint = port === undefined ? undefined : devices.get(port.get("chardev") ?? "");
  return endpoint?.kind === "unix" ? endpoint.path : undefined;
}

function isPinned(all: readonly QemuArgument[]): boolean {
  const pinning = /^(?:vfio-|vhost-vdpa)/;
  const isDevice = named(all, "device").some((options) => pinning.test(options.get("driver") ?? ""));
  return isDevice || named(all, "netdev").some((options) => options.get("type") === "vhost-vdpa");
}
