/** The balloon driver's statistics, as QEMU's `guest-stats` says them; pure. */
import type { StatValues } from "../balloon/stats-clock.ts";
import { isJsonObject, reported } from "../qmp/json.ts";

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

const FIELDS = Object.entries(QEMU_NAMES) as [keyof StatValues, string][];

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
  for (const [field, name] of FIELDS) {
    const value = reported(stats[name]);
    if (value !== undefined) values[field] = value;
  }
  const lastUpdateSeconds = reported(untrustedStats["last-update"]);
  return lastUpdateSeconds ? { values, lastUpdateSeconds } : { values };
}
