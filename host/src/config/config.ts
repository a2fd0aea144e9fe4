/** The config as the broker uses it. */
import type { FleetSettings } from "../model/fleet.ts";
import type { MonitorMode } from "../model/guest.ts";
import type { EntryOverride, GuestEntry, InventorySettings } from "../model/inventory.ts";
import type { KsmSettings } from "../model/ksm-settings.ts";
import type { PolicySettings } from "../model/settings.ts";
import { ksmtunedDefaults } from "./ksmtuned-conf.ts";
import type { ListenAddress } from "./listen-address.ts";
import { isPlatformMonitor } from "./platform-monitors.ts";
import type { ConfigFile } from "./schema.ts";
import { policyTuning } from "./tuning.ts";

export interface Config {
  /** With `mode`, budget, reserve, accounting and tuning. */
  readonly policy: PolicySettings;
  readonly tickMs: number;
  /** Path of the control API's unix socket. */
  readonly controlSocket: string;
  /** Where reads and metrics are served over HTTP; absent: nowhere. */
  readonly http?: ListenAddress;
  /** File of the tokens that may change something over HTTP; absent: nothing can be changed there. */
  readonly controlTokenPath?: string;
  /** Those that the file lists; inventories find others. */
  readonly guests: readonly GuestEntry[];
  readonly inventories: InventorySettings;
  /** A reload may let go of most guests. */
  readonly allowRemoval: boolean;
  readonly stateDir: string;
  /** The most bytes that the history may take; absent: none is kept. */
  readonly historyMostBytes?: number;
  readonly onStop: "hold" | "release";
  readonly logLevel: "error" | "warn" | "info" | "debug";
  readonly ksm: KsmSettings;
  /** `ksmtuned.conf` to take the rule's figures from; absent: the variant's defaults. */
  readonly ksmtunedFile?: string;
  /** Whose rule it is shall be told by the machine. */
  readonly guessKsmtunedVariant: boolean;
  /** Absent: this host is in no fleet. */
  readonly fleet?: FleetSettings;
  /** Absent: no agents over WebSocket. */
  readonly websocket?: WebSocketSettings;
}

/** How agents without a virtio-serial port are listened to. */
export interface WebSocketSettings {
  readonly host: string;
  readonly port: number;
  /** Absent: without TLS. */
  readonly tls?: { readonly certPath: string; readonly keyPath: string };
  readonly tokensPath: string;
}

/** From a file that passed every check. */
export function toConfig(file: ConfigFile): Config {
  return {
    policy: {
      mode: file.mode,
      ...file.host,
      onAgentLoss: file.onAgentLoss,
      tuning: policyTuning(file.tuning),
    },
    tickMs: file.tuning.tick,
    controlSocket: file.control.socket,
    ...(file.control.http === null ? {} : { http: file.control.http }),
    ...(file.control.token === null ? {} : { controlTokenPath: file.control.token }),
    guests: toEntries(file.guests),
    inventories: toInventories(file.guests),
    allowRemoval: file.guests.allowRemoval,
    stateDir: file.state,
    ...(file.history.enabled && { historyMostBytes: file.history.maxSize }),
    onStop: file.onStop,
    logLevel: file.log.level,
    ...toKsm(file.ksm),
    ...toWebSocket(file.agents.websocket),
    ...toFleet(file.fleet),
  };
}

function toKsm({
  mode,
  folder,
  interval,
  minCpuPercent,
  maxCpuPercent,
  trust,
  ksmtuned,
}: ConfigFile["ksm"]): Pick<Config, "ksm" | "ksmtunedFile" | "guessKsmtunedVariant"> {
  const { file, variant, fixes } = ksmtuned;
  const rule = ksmtunedDefaults(variant === "auto" ? "debian" : variant);
  return {
    ksm: {
      ...{ mode, folder, intervalMs: interval, minCpuPercent, maxCpuPercent },
      ...(trust === undefined ? {} : { trust }),
      ksmtuned: { ...rule, fixes },
    },
    ...(file === null ? {} : { ksmtunedFile: file }),
    guessKsmtunedVariant: variant === "auto",
  };
}

function toFleet(fleet: ConfigFile["fleet"]): Pick<Config, "fleet"> {
  if (fleet === undefined) return {};
  const { nats, name, credentials, ca } = fleet;
  return {
    fleet: {
      servers: nats,
      ...(name !== undefined && { name }),
      ...(credentials !== undefined && { credentialsPath: credentials }),
      ...(ca !== undefined && { caPath: ca }),
    },
  };
}

function toWebSocket(websocket: ConfigFile["agents"]["websocket"]): Pick<Config, "websocket"> {
  if (websocket === undefined) return {};
  const { listen, tls, tokens } = websocket;
  const secure = tls === undefined ? {} : { tls: { certPath: tls.cert, keyPath: tls.key } };
  return { websocket: { ...listen, ...secure, tokensPath: tokens } };
}

function toInventories({
  defaults,
  proxmox,
  libvirt,
  qemu,
  overrides,
}: ConfigFile["guests"]): InventorySettings {
  return {
    defaults,
    overrides: Object.fromEntries(
      Object.entries(overrides).map(([name, override]) => [name, toOverride(override)]),
    ),
    proxmox: { use: proxmox.enabled, folder: proxmox.folder },
    libvirt: { use: libvirt.enabled, target: libvirt.uri },
    qemu: { use: qemu },
  };
}

function toOverride({
  qmpMode,
  min,
  max,
  shares,
  trust,
}: ConfigFile["guests"]["overrides"][string]): EntryOverride {
  return {
    ...(qmpMode === undefined ? {} : { qmpMode }),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(shares === undefined ? {} : { shares }),
    ...(trust === undefined ? {} : { trust }),
  };
}

/** A platform's monitor is lent unless the admin says otherwise. */
function modeOf(qmp: string, qmpMode: MonitorMode | undefined): Pick<GuestEntry, "qmpMode"> {
  const mode = qmpMode ?? (isPlatformMonitor(qmp) ? "lease" : undefined);
  return mode === undefined ? {} : { qmpMode: mode };
}

function toEntries({ defaults, static: guests }: ConfigFile["guests"]): GuestEntry[] {
  return guests.map(({ name, qmp, qmpMode, agent, min, max, shares, trust }) => ({
    name,
    source: "static",
    qmpPath: qmp,
    ...modeOf(qmp, qmpMode),
    ...(agent === undefined ? {} : { agentPath: agent }),
    min: min ?? defaults.min,
    max: max ?? defaults.max,
    shares: shares ?? defaults.shares,
    ...(trust === undefined ? {} : { trust }),
  }));
}
