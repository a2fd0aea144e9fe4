/** What libvirt's statistics and state of a domain mean to the broker. Pure. */

import type { DriverState } from "../balloon/driver-detector.ts";
import { inhibitionsOf } from "../balloon/inhibitions.ts";
import type { StatValues } from "../balloon/stats-clock.ts";
import type { Inhibition } from "../model/guest.ts";
import type { Merging } from "../model/ksm.ts";
import type { DomainDescription } from "./domain-xml.ts";
import type { DomainStats } from "./rpc/domains.ts";

const KIB = 1024;

/** libvirt's names (`virConnectGetAllDomainStats`) for ours, and the unit that it counts in, bytes. */
const STAT_NAMES: Readonly<Partial<Record<keyof StatValues, readonly [name: string, unitBytes: number]>>> = {
  freeBytes: ["balloon.unused", KIB],
  availableBytes: ["balloon.usable", KIB],
  totalBytes: ["balloon.available", KIB],
  cacheBytes: ["balloon.disk_caches", KIB],
  majorFaultsTotal: ["balloon.major_fault", 1],
  swapInBytesTotal: ["balloon.swap_in", KIB],
  swapOutBytesTotal: ["balloon.swap_out", KIB],
};

/** What the driver said, and when. */
export interface DriverStats {
  readonly values: StatValues;
  /** Host's wall clock, seconds since 1970. */
  readonly lastUpdateSeconds: number;
}

/** Whether QEMU was asked for the statistics: with `NOWAIT` it is not while another call uses it. */
export function wasQemuAsked(stats: DomainStats): boolean {
  return stats.has("balloon.rss");
}

/** `undefined` where the driver never answered, or QEMU was busy with another job. */
export function driverStats(stats: DomainStats): DriverStats | undefined {
  const lastUpdateSeconds = stats.get("balloon.last-update") ?? 0;
  if (lastUpdateSeconds === 0) return undefined;
  const values: { -readonly [Field in keyof StatValues]?: number } = {};
  for (const [field, [name, unitBytes]] of Object.entries(STAT_NAMES)) {
    const bytes = (stats.get(name) ?? Number.NaN) * unitBytes;
    if (Number.isSafeInteger(bytes) && bytes >= 0) values[field as keyof StatValues] = bytes;
  }
  return { values, lastUpdateSeconds };
}

/** The balloon's size; absent without one. */
export function actualBytes(stats: DomainStats, { hasBalloon }: DomainDescription): number | undefined {
  const kib = stats.get("balloon.current");
  return hasBalloon && kib !== undefined && Number.isSafeInteger(kib * KIB) ? kib * KIB : undefined;
}

/** The statistics with a newer size of the balloon, where there is one. */
export function withActual(stats: DomainStats, bytes: number | undefined): DomainStats {
  return bytes === undefined ? stats : new Map(stats).set("balloon.current", bytes / KIB);
}

/** All of the guest's memory. */
export function fullBytes(stats: DomainStats, { memoryBytes }: DomainDescription): number {
  const bytes = (stats.get("balloon.maximum") ?? 0) * KIB;
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : memoryBytes;
}

/** If this share of the guest's size is locked, all of it is; I/O buffers lock a little. */
const LOCKED_SHARE = 0.5;

/** How a QEMU process's memory is backed, as the kernel tells. */
export interface ProcessBacking {
  /** Locked, or pinned for a device. */
  readonly lockedBytes: number;
  /** In huge pages of hugetlbfs. */
  readonly hugetlbBytes: number;
}

/** The description with what the process shows and the XML need not: an admin's own arguments, a device of another kind. */
export function asBacked(
  description: DomainDescription,
  backing: ProcessBacking | undefined,
): DomainDescription {
  if (backing === undefined) return description;
  const isLocked = backing.lockedBytes >= description.memoryBytes * LOCKED_SHARE;
  return {
    ...description,
    locked: description.locked || isLocked,
    hugepages: description.hugepages || backing.hugetlbBytes > 0,
  };
}

/** `virDomainState`. */
const STATE = { running: 1, blocked: 2, shutoff: 5, crashed: 6 } as const;
/** `virDomainRunningReason` and `virDomainPausedReason` of a guest whose memory is still on its way. */
const POSTCOPY_REASONS: Readonly<Record<number, readonly number[]>> = { 1: [10, 11], 3: [12, 13] };
/** `virDomainPausedReason`: migration, save, dump, starting up. */
const MIGRATING_REASONS = [2, 3, 4, 11];
/** `VIR_DOMAIN_JOB_OPERATION_BACKUP`. */
const BACKUP_JOB = 9;

/** Whether the domain has a QEMU at all. */
export function isActive(stats: DomainStats): boolean {
  const state = stats.get("state.state") ?? 0;
  return state !== STATE.shutoff && state !== STATE.crashed;
}

/** Why the balloon must not be inflated; `job` is what libvirt does with the domain (`virDomainJobOperation`), absent: nothing. */
export function inhibitionsOfDomain(
  description: DomainDescription,
  stats: DomainStats,
  job: number | undefined,
  driver: DriverState,
  hotplug: boolean,
): Inhibition[] {
  const state = stats.get("state.state") ?? 0;
  const running = state === STATE.running || state === STATE.blocked;
  return inhibitionsOf({
    hasBalloon: description.hasBalloon,
    driver,
    run: { running, status: running ? "running" : "paused" },
    migration: migrationOf(state, stats.get("state.reason") ?? 0, job),
    capabilities: [],
    vfio: description.passthrough,
    hugepages: description.hugepages,
    locked: description.locked || description.confidential,
    virtioMem: description.memoryDevices.includes("virtio-mem"),
    hotplug,
    backup: job === BACKUP_JOB,
  });
}

/** In the words of QEMU's `MigrationStatus`: what saves, dumps, restores or snapshots memory is a migration to QEMU as well. */
function migrationOf(state: number, reason: number, job: number | undefined): string | undefined {
  if (POSTCOPY_REASONS[state]?.includes(reason)) return "postcopy-active";
  const isPaused = state !== STATE.running && MIGRATING_REASONS.includes(reason);
  const hasJob = job !== undefined && job !== BACKUP_JOB;
  return isPaused || hasJob ? "active" : undefined;
}

/** libvirt cannot say what QEMU merges: its own setting and the kind of memory tell. */
export function mergingOf({ unmergeable, hugepages, sharedMemory }: DomainDescription): Merging {
  if (hugepages) return { on: !unmergeable, obstacle: "hugepages" };
  if (sharedMemory) return { on: false, obstacle: "shared-memory" };
  return unmergeable ? { on: false, obstacle: "not-mergeable" } : { on: true, isFixed: true };
}
