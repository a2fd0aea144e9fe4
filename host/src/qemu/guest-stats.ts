/** The balloon driver's statistics: what QEMU's `guest-stats` says, and how old it is; pure. */
import type { BalloonStats } from "../model/guest.ts";
import { isJsonObject, reported } from "../qmp/json.ts";

/** Statistics that were missed this many times in a row are no longer believed. */
const MISSED_INTERVALS = 3;
/** QEMU tells the time of the last answer in whole seconds. */
const RESOLUTION_MS = 1_000;

export type StatValues = Omit<BalloonStats, "updatedAtMs">;

/** QEMU's names (hw/virtio/virtio-balloon.c, `balloon_stat_names`) for ours. */
const QEMU_NAMES: Readonly<Record<keyof StatValues, string>> = {
  freeBytes: "stat-free-memory",
  availableBytes: "stat-available-memory",
  totalBytes: "stat-total-memory",
  cacheBytes: "stat-disk-caches",
  majorFaultsTotal: "stat-major-faults",
  swapInBytesTotal: "stat-swap-in",
  swapOutBytesTotal: "stat-swap-out",
  allocationStallsTotal: "stat-alloc-stalls",
  asyncScanBytesTotal: "stat-async-scans",
  directScanBytesTotal: "stat-direct-scans",
  asyncReclaimBytesTotal: "stat-async-reclaims",
  directReclaimBytesTotal: "stat-direct-reclaims",
  oomKillsTotal: "stat-oom-kills",
};

/** `guest-stats` as read: statistics that the driver did not report are absent. */
export interface GuestStats {
  readonly values: StatValues;
  /** Host's wall clock, seconds since 1970; absent when the driver never answered. */
  readonly lastUpdateSeconds?: number;
}

/** Maps the property's value; whatever does not fit is absent. */
export function parseGuestStats(untrustedStats: unknown): GuestStats {
  if (!isJsonObject(untrustedStats)) return { values: {} };
  const stats = isJsonObject(untrustedStats["stats"]) ? untrustedStats["stats"] : {};
  const values: { -readonly [Field in keyof StatValues]?: number } = {};
  for (const field of Object.keys(QEMU_NAMES) as (keyof StatValues)[]) {
    const value = reported(stats[QEMU_NAMES[field]]);
    if (value !== undefined) values[field] = value;
  }
  const lastUpdateSeconds = reported(untrustedStats["last-update"]);
  return lastUpdateSeconds ? { values, lastUpdateSeconds } : { values };
}

/** The last answer's time on the broker's clock. */
export interface StatsClock {
  readonly lastUpdateSeconds: number;
  readonly updatedAtMs: number;
  /** When the statistics were last read. */
  readonly seenAtMs: number;
}

/**
 * Converts `lastUpdateSeconds` from the host's wall clock to the broker's monotonic one. An answer already seen keeps its
 * time, and a new one cannot be older than the last look: so a step of the wall clock spoils no age.
 */
export function advanceStatsClock(
  previous: StatsClock | undefined,
  lastUpdateSeconds: number,
  nowMs: number,
  wallMs: number,
): StatsClock {
  if (previous?.lastUpdateSeconds === lastUpdateSeconds) return { ...previous, seenAtMs: nowMs };
  const wallAgeMs = Math.max(0, wallMs - lastUpdateSeconds * 1000);
  const ageMs = previous === undefined ? wallAgeMs : Math.min(wallAgeMs, nowMs - previous.seenAtMs);
  return { lastUpdateSeconds, updatedAtMs: nowMs - ageMs, seenAtMs: nowMs };
}

/** Whether the driver still answers: QEMU's timer stops silently when a guest hangs. */
export function statsAreFresh(clock: StatsClock, pollingSeconds: number, nowMs: number): boolean {
  return nowMs - clock.updatedAtMs <= MISSED_INTERVALS * pollingSeconds * 1000 + RESOLUTION_MS;
}
