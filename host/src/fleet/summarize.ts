/** A broker's status as the summary that the fleet sees. Pure. */
import { clamp, sum } from "../model/bytes.ts";
import type { FleetGuest, HostSummary } from "../model/fleet.ts";
import type { GuestStatus, Status } from "../model/status.ts";

/** So many guests are named: a summary is sent every few seconds and stays within some KiB. */
const MOST_GUESTS = 100;

export interface Moment {
  readonly host: string;
  readonly atMs: number;
  /** Since when guests have lacked memory; undefined: none does. */
  readonly shortSinceMs: number | undefined;
}

export function summarize(status: Status, { host, atMs, shortSinceMs }: Moment): HostSummary {
  const { regime, budgetBytes, chargedBytes, freeBytes } = status.host;
  const { guests } = status;
  return {
    host,
    atMs,
    version: status.version,
    mode: status.mode,
    ...(regime !== undefined && { regime }),
    ...(budgetBytes !== undefined && { budgetBytes }),
    ...(chargedBytes !== undefined && { chargedBytes }),
    ...(freeBytes !== undefined && { freeBytes }),
    lendableBytes: sum(guests, lendableBytes),
    owedBytes: owedBytes(status),
    ...(shortSinceMs !== undefined && { shortForMs: Math.max(0, Math.round(atMs - shortSinceMs)) }),
    guestCount: guests.length,
    guests: largest(guests),
  };
}

/** What guests lack of their floors, in bytes. */
export function owedBytes({ guests }: Status): number {
  return sum(guests, ({ floorBytes, actualBytes, maxBytes = floorBytes }) => {
    if (floorBytes === undefined || actualBytes === undefined) return 0;
    return clamp(floorBytes - actualBytes, 0, Math.max(0, (maxBytes ?? 0) - actualBytes));
  });
}

function lendableBytes({ actualBytes, wantBytes, state }: GuestStatus): number {
  if (state !== "managed" || actualBytes === undefined || wantBytes === undefined) return 0;
  return Math.max(0, actualBytes - wantBytes);
}

function largest(guests: readonly GuestStatus[]): FleetGuest[] {
  const known = guests.flatMap((guest) => fleetGuest(guest) ?? []);
  return known.sort((a, b) => b.floorBytes - a.floorBytes).slice(0, MOST_GUESTS);
}

function fleetGuest({ name, floorBytes, maxBytes, reason, detail }: GuestStatus): FleetGuest | undefined {
  if (floorBytes === undefined || maxBytes === undefined) return undefined;
  const isPinned = reason === "inhibited" && detail?.split(", ").includes("vfio") === true;
  return { name, floorBytes, maxBytes, isPinned };
}
