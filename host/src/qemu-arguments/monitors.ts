/** Which monitors a QEMU was started with, and whether the broker may use them by itself. Pure. */
import { resolve } from "node:path/posix";
import { isHarmless } from "../model/foreign-text.ts";
import type { QemuArgument } from "./arguments.ts";
import { isOn, parseOptions, type QemuOptions } from "./option-string.ts";

/** The platform that started a QEMU and uses its monitors. */
export type Manager = "proxmox" | "libvirt" | "incus" | "none";

/** How a monitor or channel is reached. */
export type EndpointKind = "unix" | "unix-client" | "fd" | "tcp" | "telnet" | "other";

/** Where a character device leads. */
export interface Endpoint {
  readonly kind: EndpointKind;
  /** A unix socket's absolute path, or host and port. */
  readonly path?: string;
}

/** One monitor. */
export interface MonitorArgument extends Endpoint {
  /** `readline` is for people, `control` is QMP. */
  readonly mode: "control" | "readline";
  readonly usable: boolean;
  /** Why it is not used. */
  readonly why?: string;
}

interface Candidate extends Endpoint {
  readonly mode: "control" | "readline";
  readonly pretty: boolean;
}

/** Character devices by id. */
export type CharacterDevices = ReadonlyMap<string, Endpoint>;

/** Reads `-chardev`; relative paths are the process's. */
export function characterDevices(all: readonly QemuArgument[], cwd: string): CharacterDevices {
  const devices = all.filter(({ name }) => name === "chardev");
  return new Map(devices.map(({ options }) => [options.get("id") ?? "", endpointOf(options, cwd)]));
}

function endpointOf(options: QemuOptions, cwd: string): Endpoint {
  const path = options.get("path");
  if (options.has("fd")) return { kind: "fd" };
  if (options.get("backend") !== "socket") return { kind: "other" };
  if (path === undefined)
    return { kind: "tcp", path: `${options.get("host") ?? ""}:${options.get("port") ?? ""}` };
  return unixEndpoint(isOn(options, "server"), resolve(cwd, path));
}

/** Any user can start a QEMU with any path: one that could forge what an admin reads is not used. */
function unixEndpoint(isServer: boolean, untrustedPath: string): Endpoint {
  if (!isHarmless(untrustedPath)) return { kind: "other" };
  return { kind: isServer ? "unix" : "unix-client", path: untrustedPath };
}

/** All monitors in the order of the command line. */
export function monitorsOf(
  all: readonly QemuArgument[],
  devices: CharacterDevices,
  cwd: string,
  manager: Manager,
): MonitorArgument[] {
  const candidates = all.flatMap((argument) => candidateOf(argument, devices, cwd) ?? []);
  const hasPlain = candidates.some((one) => one.kind === "unix" && one.mode === "control" && !one.pretty);
  return candidates.map(({ pretty, ...monitor }) => {
    const why = objection({ ...monitor, pretty }, manager, hasPlain);
    return { ...monitor, usable: why === undefined, ...(why !== undefined && { why }) };
  });
}

function candidateOf(
  { name, text, options }: QemuArgument,
  devices: CharacterDevices,
  cwd: string,
): Candidate | undefined {
  const pretty = isOn(options, "pretty");
  if (name === "qmp" || name === "qmp-pretty")
    return { ...legacyEndpoint(text, cwd), mode: "control", pretty: pretty || name === "qmp-pretty" };
  if (name === "monitor")
    return text === "none" ? undefined : { ...legacyEndpoint(text, cwd), mode: "readline", pretty };
  const endpoint = devices.get(options.get("chardev") ?? "");
  if (endpoint === undefined) return undefined;
  const type = name === "object" ? options.get("qom-type") : undefined;
  if (name === "mon" || type === "monitor-qmp" || type === "monitor-hmp") {
    const isControl = name === "mon" ? options.get("mode") === "control" : type === "monitor-qmp";
    return { ...endpoint, mode: isControl ? "control" : "readline", pretty };
  }
  return undefined;
}

/** `unix:PATH,…`, `tcp:HOST:PORT,…`, `telnet:…`, as `-qmp` and `-monitor` take it. */
function legacyEndpoint(text: string, cwd: string): Endpoint {
  const [, scheme, rest] = /^(\w+):(.*)$/s.exec(text) ?? [];
  if (scheme === undefined || rest === undefined) return { kind: "other" };
  const options = parseOptions(rest, "path");
  const path = options.get("path") ?? "";
  if (scheme === "unix") return unixEndpoint(isOn(options, "server"), resolve(cwd, path));
  if (scheme === "telnet") return { kind: "telnet" };
  return scheme === "tcp" ? { kind: "tcp", path } : { kind: "other" };
}

function objection(
  { kind, path = "", mode, pretty }: Candidate,
  manager: Manager,
  hasPlain: boolean,
): string | undefined {
  if (mode === "readline") return "for people (mode readline)";
  if (kind === "unix-client") return "QEMU is the client here";
  if (kind === "fd")
    return manager === "libvirt"
      ? "libvirt opened it and keeps it"
      : "another program opened it and keeps it";
  if (kind === "tcp" || kind === "telnet") return "over TCP: not taken by itself";
  if (kind === "other") return "no unix socket, or its path has characters that cannot be seen";
  if (manager === "incus") return "Incus is its client, all the time";
  if (isProxmoxMonitor(path))
    return "one client at a time, and Proxmox's own tools are its clients: leases only";
  return pretty && hasPlain ? "pretty: its JSON goes over several lines" : undefined;
}

/** Proxmox's own monitor of a guest, of which its tools are the clients. */
export function isProxmoxMonitor(path: string): boolean {
  return /^(?:\/var)?\/run\/qemu-server\/\d+\.qmp$/.test(path);
}
