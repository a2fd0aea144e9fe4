/** How old the balloon driver's statistics are; pure. */
import type { BalloonStats } from "../model/guest.ts";

/** Statistics that were missed this many times in a row are no longer believed. */
const MISSED_INTERVALS = 3;
/** QEMU tells the time of the last answer in whole seconds. */
const RESOLUTION_MS = 1_000;

/** One answer of the driver. */
export type StatValues = Omit<BalloonStats, "updatedAtMs">;

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
