/** Decides whether a sample is worth a report. */
import type { Pressure } from "@ballast/proto";

const MIB = 1024 * 1024;

export const DEFAULT_HEARTBEAT_MS = 2000;
/** Reports are at least this far apart, however fast memory changes. */
export const SHORTEST_REPORT_GAP_MS = 100;
export const DEFAULT_SIGNIFICANT_BYTES = 4 * MIB;
const SIGNIFICANT_SHARE = 0.02;
/** A timer may fire a little early or late: a sample this near to the heartbeat is the heartbeat. */
const HEARTBEAT_SLACK_MS = 100;

/** The figures by which reports are compared. */
export interface ReportKey {
  readonly atMs: number;
  readonly availableBytes: number;
  readonly totalBytes: number;
  readonly pressure: Pressure;
  readonly oomKills: number | undefined;
}

export interface SignificanceLimits {
  readonly significantBytes: number;
  readonly heartbeatMs: number;
}

/** Whether `sample` should be reported. `last` is this session's last report; undefined: there was none. */
export function isSignificant(
  sample: ReportKey,
  last: ReportKey | undefined,
  limits: SignificanceLimits,
): boolean {
  if (!last || isHeartbeatDue(sample.atMs, last, limits)) return true;
  if (sample.pressure !== last.pressure || sample.oomKills !== last.oomKills) return true;
  if (sample.atMs - last.atMs < SHORTEST_REPORT_GAP_MS) return false;
  const enough = Math.max(limits.significantBytes, sample.totalBytes * SIGNIFICANT_SHARE);
  return Math.abs(sample.availableBytes - last.availableBytes) > enough;
}

/** Whether a report is due at `nowMs` even if nothing changed. */
export function isHeartbeatDue(
  nowMs: number,
  last: ReportKey | undefined,
  { heartbeatMs }: SignificanceLimits,
): boolean {
  return !last || nowMs - last.atMs >= heartbeatMs - HEARTBEAT_SLACK_MS;
}
