/** What a domain's XML says that matters to its balloon (libvirt's "Domain XML format"). Pure. */

import { isHarmless } from "../model/foreign-text.ts";
import { type DomainSettings, readSettings } from "./metadata.ts";
import { LibvirtXmlError } from "./rpc/errors.ts";
import { attribute, children, type Element, find, parseRoot, sizeBytes } from "./xml.ts";

/** Name of the agent's virtio-serial port. */
export const AGENT_PORT = "org.ballast.agent.0";
/** `sun_path` of unix(7) holds 108 bytes, the last of them a zero. */
const SOCKET_PATH_BYTES = 107;

/** The agent's virtio-serial port. */
export interface AgentPort {
  /** Where libvirt listens for the host's side; absent in a definition that leaves the path to libvirt. */
  readonly path?: string;
  /** Whether the guest has it open; absent: it does not run. */
  readonly isOpen?: boolean;
}

export interface DomainDescription {
  readonly untrustedName: string;
  readonly uuid: string;
  /** All memory, memory devices included. */
  readonly memoryBytes: number;
  /** Of what runs: the balloon's actual size. Of a definition: what the balloon is set to at start. */
  readonly currentBytes: number;
  readonly hasBalloon: boolean;
  /** The balloon gives memory back by itself when the guest runs out. */
  readonly deflatesOnOom: boolean;
  /** Seconds between two answers of the driver; 0: it is not asked. */
  readonly statsPeriodSeconds: number;
  /** A device is passed through: all memory is pinned. */
  readonly passthrough: boolean;
  readonly hugepages: boolean;
  readonly locked: boolean;
  /** Memory is encrypted: it is pinned. */
  readonly confidential: boolean;
  /** Other processes see it, as virtiofs needs: KSM cannot merge it. */
  readonly sharedMemory: boolean;
  /** Kept out of KSM. */
  readonly unmergeable: boolean;
  /** Models of its memory devices, such as `dimm` and `virtio-mem`. */
  readonly memoryDevices: readonly string[];
  readonly agentPort?: AgentPort;
  readonly settings: DomainSettings;
  /** What stands there and makes no sense, in words. */
  readonly problems: readonly string[];
}

/** Throws a `LibvirtXmlError`. */
export function describeDomain(untrustedXml: string): DomainDescription {
  const root = parseRoot(untrustedXml, "domain");
  const memoryBytes = sizeBytes(find(root, "memory"));
  if (memoryBytes === undefined || memoryBytes === 0)
    throw new LibvirtXmlError("the XML has no size in <memory>");
  const devices = find(root, "devices");
  const backing = find(root, "memoryBacking");
  const balloon = balloonOf(devices);
  const { settings, problems } = readSettings(root, memoryBytes);
  return {
    untrustedName: find(root, "name")?.text ?? "",
    uuid: find(root, "uuid")?.text.trim() ?? "",
    memoryBytes,
    currentBytes: sizeBytes(find(root, "currentMemory")) ?? memoryBytes,
    hasBalloon: balloon !== undefined,
    deflatesOnOom: attribute(balloon, "autodeflate") === "on",
    statsPeriodSeconds: Number(attribute(find(balloon, "stats"), "period") ?? 0) || 0,
    passthrough: children(devices).some(pinsMemory),
    hugepages: find(backing, "hugepages") !== undefined,
    locked: find(backing, "locked") !== undefined,
    confidential: find(root, "launchSecurity") !== undefined,
    sharedMemory: attribute(find(backing, "access"), "mode") === "shared",
    unmergeable: find(backing, "nosharepages") !== undefined,
    memoryDevices: children(devices, "memory").map((memory) => attribute(memory, "model") ?? ""),
    ...agentPortOf(devices),
    settings,
    problems,
  };
}

/** libvirt's models are `virtio` and its kin, `xen`, and `none`. */
function balloonOf(devices: Element | undefined): Element | undefined {
  const balloon = find(devices, "memballoon");
  return attribute(balloon, "model")?.startsWith("virtio") ? balloon : undefined;
}

/** Devices whose DMA needs the guest's memory to stay where it is: VFIO, mdev, vDPA, and NVMe disks, which QEMU drives through VFIO. */
const PINNING: Readonly<Record<string, readonly string[]>> = {
  hostdev: ["pci", "mdev"],
  interface: ["hostdev", "vdpa"],
  disk: ["nvme", "vhostvdpa"],
};

function pinsMemory(device: Element): boolean {
  return PINNING[device.name]?.includes(attribute(device, "type") ?? "") ?? false;
}

function agentPortOf(devices: Element | undefined): { agentPort?: AgentPort } {
  const channel = children(devices, "channel").find(isAgentPort);
  if (channel === undefined) return {};
  const path = attribute(find(channel, "source"), "path");
  const state = attribute(find(channel, "target"), "state");
  return {
    agentPort: {
      ...(path !== undefined && isSocketPath(path) && { path }),
      ...(state !== undefined && { isOpen: state === "connected" }),
    },
  };
}

/** Whether a `<channel>` is the agent's port, on a socket on which libvirt lets QEMU listen. */
export function isAgentPort(channel: Element): boolean {
  const target = find(channel, "target");
  return (
    attribute(channel, "type") === "unix" &&
    (attribute(find(channel, "source"), "mode") ?? "bind") === "bind" &&
    attribute(target, "type") === "virtio" &&
    attribute(target, "name") === AGENT_PORT
  );
}

function isSocketPath(path: string): boolean {
  return path.startsWith("/") && Buffer.byteLength(path) <= SOCKET_PATH_BYTES && isHarmless(path);
}
