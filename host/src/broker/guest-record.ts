/** What the broker keeps of one guest between ticks: the newest facts and the ports to its machine and agent. */

import type { AgentLink, GuestMonitor, MonitorFacts } from "../model/adapters.ts";
import type { GuestLimits, GuestReport, ManualTarget, ProcessMemory } from "../model/guest.ts";
import type { SizeSetting } from "../model/host.ts";
import type { GuestEntry } from "../model/inventory.ts";
import { GuestBalloon } from "./guest-balloon.ts";

/** Frames of the boot before a reset wait in sockets for less than this. */
const PAST_FRAMES_MS = 10_000;
/** One reboot may bring several `RESET` events. */
const SAME_RESET_MS = 1_000;

/** Something wrong with a guest, in words. */
export interface GuestProblem {
  /** One of a kind at a time. */
  readonly key: string;
  readonly level: "info" | "warn";
  readonly text: string;
  /** Said when it is over. */
  readonly over: string;
}

export class GuestRecord {
  readonly monitor: GuestMonitor;
  readonly agent: AgentLink | undefined;
  readonly balloon = new GuestBalloon();
  /** Changes with a reload that leaves the sockets as they are. */
  entry: GuestEntry;
  monitorFacts: MonitorFacts = { inhibitions: ["unreachable"] };
  /** QEMU's monitor is connected, as last told. */
  connected = false;
  /** The connection was lost since the process behind it was last known: another one may stand there. */
  suspect = false;
  processMemory: ProcessMemory | undefined;
  /** QEMU's process, as last seen. */
  processId: number | undefined;
  manual: ManualTarget | undefined;
  bootSeenAtMs: number;
  /** What is wrong with the guest, the worst first. */
  problems: readonly GuestProblem[] = [];
  /** Why the agent's newest report cannot be true. */
  contradiction: string | undefined;
  /** Since when nothing tells what the guest needs. */
  blindSinceMs: number | undefined;
  /** Counter of the guest's OOM killer, as last told. */
  oomKills: number | undefined;
  observing = false;
  /** Boot id of the newest report of this boot. */
  #bootId: string | undefined;
  #bootedAtMs = Number.NEGATIVE_INFINITY;
  #pastBootId: string | undefined;

  constructor(entry: GuestEntry, machine: GuestMonitor, agent: AgentLink | undefined, nowMs: number) {
    this.entry = entry;
    this.monitor = machine;
    this.agent = agent;
    this.bootSeenAtMs = nowMs;
  }

  /** The guest boots anew: what was known of its inside is about another one. */
  bootedAnew(atMs: number): void {
    this.#bootedAtMs = atMs;
    this.#bootId = undefined;
    this.bootSeenAtMs = atMs;
    this.balloon.bootedAnew();
    this.oomKills = undefined;
    this.contradiction = undefined;
  }

  /** QEMU told of a reset: frames of the boot before it may still arrive. False for one more word on the same reset. */
  wasReset(atMs: number): boolean {
    const isNews = atMs - this.#bootedAtMs >= SAME_RESET_MS;
    this.#pastBootId = this.agent?.report()?.bootId;
    this.bootedAnew(atMs);
    return isNews;
  }

  /** Takes note of a new report, and tells whether it is of this boot; another boot id tells of a boot that QEMU's events did not. */
  heard(report: GuestReport): boolean {
    if (this.#isPast(report)) return false;
    if (this.#bootId !== undefined && this.#bootId !== report.bootId) this.bootedAnew(report.receivedAtMs);
    this.#bootId = report.bootId;
    return true;
  }

  /** QEMU went away or came back: another one may stand behind the socket, to which nothing was commanded. */
  connectionChanged(connected: boolean): void {
    this.connected = connected;
    if (connected) return;
    this.suspect = true;
    this.balloon.disconnected();
  }

  /** The agent's newest report of this boot. */
  report(): GuestReport | undefined {
    const report = this.agent?.report();
    return report === undefined || this.#isPast(report) ? undefined : report;
  }

  #isPast({ receivedAtMs, bootId }: GuestReport): boolean {
    if (receivedAtMs < this.#bootedAtMs) return true;
    return bootId === this.#pastBootId && receivedAtMs - this.#bootedAtMs < PAST_FRAMES_MS;
  }

  /** The target held by hand, while its time lasts. */
  manualTarget(nowMs: number): ManualTarget | undefined {
    return this.manual !== undefined && nowMs < (this.manual.untilMs ?? Number.POSITIVE_INFINITY)
      ? this.manual
      : undefined;
  }

  /** The guest's bounds in bytes; absent until QEMU told its size. */
  limits(): (GuestLimits & { readonly fullBytes: number }) | undefined {
    const fullBytes = this.monitorFacts.maxBytes;
    return fullBytes === undefined ? undefined : { ...resolveLimits(this.entry, fullBytes), fullBytes };
  }
}

/** What a guest's settings mean for a guest of this size: percentages are of its maximum. */
export function resolveLimits(
  entry: Pick<GuestEntry, "min" | "max" | "shares">,
  fullBytes: number,
): GuestLimits {
  const maxBytes = Math.min(fullBytes, resolve(entry.max, fullBytes, fullBytes));
  const minBytes = Math.min(maxBytes, resolve(entry.min, maxBytes, maxBytes));
  return { minBytes, maxBytes, shares: entry.shares };
}

function resolve(setting: SizeSetting, ofBytes: number, autoBytes: number): number {
  if (setting.kind === "bytes") return setting.bytes;
  return setting.kind === "percent" ? Math.round((ofBytes * setting.percent) / 100) : autoBytes;
}
