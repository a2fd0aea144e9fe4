/** Whether a guest's figures can be true: they are compared with its full size and with each other. */

import { type Demand, REPORT_NUMBERS, type Report } from "@ballast/proto";
import { formatMib, MIB } from "../model/bytes.ts";
import type { GuestDemand, GuestReport } from "../model/guest.ts";
import { REPORT_TOLERANCE_BYTES } from "../model/tolerance.ts";

export interface ReportContext {
  /** Full size of the guest as its balloon counts it; undefined until QEMU reports it. */
  readonly maxBytes?: number | undefined;
  /** Memory devices beyond that, which the guest may use as memory; undefined: none. */
  readonly uncountedBytes?: number | undefined;
  readonly receivedAtMs: number;
  readonly bootId: string;
  /** As the guest's Hello says. */
  readonly pageSizeBytes?: number | undefined;
}

export interface DemandContext {
  readonly maxBytes?: number | undefined;
  readonly receivedAtMs: number;
  readonly sequence: number;
}

/** A valid report, or what is wrong with it, in words for the admin. */
export type ReportVerdict =
  | { readonly ok: true; readonly report: GuestReport }
  /** `exceedsSize`: the report would be valid in a larger guest. */
  | { readonly ok: false; readonly problem: string; readonly exceedsSize?: true };

export type DemandVerdict =
  | { readonly ok: true; readonly demand: GuestDemand }
  | { readonly ok: false; readonly problem: string };

/** Judges a report; nothing of a refused one is used. */
export function validateReport(untrustedReport: Report, context: ReportContext): ReportVerdict {
  const broken = REPORT_NUMBERS.find((name) => !isCount(untrustedReport[name] ?? 0));
  if (broken !== undefined) return refuse(`${broken} is not a whole number from 0 to 2^53-1`);
  const { type: _, pressure = "none", sampledAtMs, ...said } = untrustedReport;
  const { totalBytes, availableBytes, ...rest } = said;
  if (totalBytes === undefined) return refuse("it lacks totalBytes");
  if (availableBytes === undefined) return refuse("it lacks availableBytes");
  if (sampledAtMs === undefined) return refuse("it lacks sampledAtMs");
  const inside = contradictionInside(totalBytes, availableBytes, rest.arcAvailableBytes);
  if (inside !== undefined) return refuse(inside);
  const counted = withoutUncounted(totalBytes, availableBytes, rest.balloonBytes, context);
  const beyond = contradictionToSize(
    counted.totalBytes,
    counted.availableBytes + (rest.arcAvailableBytes ?? 0),
    rest.balloonBytes,
    context.maxBytes,
  );
  if (beyond !== undefined) return { ...refuse(beyond), exceedsSize: true };
  const { receivedAtMs, bootId, pageSizeBytes } = context;
  const known = { receivedAtMs, bootId, sampledAtMs, ...counted, pressure };
  const page = isPageSize(pageSizeBytes) ? { pageSizeBytes } : {};
  return { ok: true, report: { ...withoutAbsent(rest), ...page, ...known } };
}

/** Judges a demand. The need is cut to the guest's full size. */
export function judgeDemand(untrustedDemand: Demand, context: DemandContext): DemandVerdict {
  const { needBytes, level = "critical", availableBytes, balloonBytes } = untrustedDemand;
  const { arcAvailableBytes, growthBytesPerSecond, exhaustedInMs } = untrustedDemand;
  if (needBytes === undefined || !isCount(needBytes)) return refuse("it lacks needBytes");
  const optional = withoutAbsent({
    ...{ availableBytes, arcAvailableBytes, balloonBytes },
    ...{ growthBytesPerSecond, exhaustedInMs },
  });
  const needed = Math.min(needBytes, context.maxBytes ?? needBytes);
  const { receivedAtMs, sequence } = context;
  return { ok: true, demand: { ...optional, receivedAtMs, sequence, level, needBytes: needed } };
}

/**
 * Total and available without memory that the balloon does not count. Use is what QEMU left the guest less what is available, so both
 * must be of the same memory. A guest may leave such devices unused: at most what its total exceeds QEMU's figure by is theirs.
 */
function withoutUncounted(
  totalBytes: number,
  availableBytes: number,
  balloonBytes: number | undefined,
  { maxBytes, uncountedBytes = 0 }: ReportContext,
): { readonly totalBytes: number; readonly availableBytes: number } {
  if (maxBytes === undefined || uncountedBytes === 0) return { totalBytes, availableBytes };
  const leftBytes = maxBytes - (balloonBytes ?? maxBytes);
  const beyondBytes = Math.min(uncountedBytes, Math.max(0, totalBytes - leftBytes));
  return {
    totalBytes: totalBytes - beyondBytes,
    availableBytes: Math.max(0, availableBytes - beyondBytes),
  };
}

function contradictionInside(totalBytes: number, availableBytes: number, arcBytes = 0): string | undefined {
  if (totalBytes === 0) return "totalBytes is 0";
  if (availableBytes > totalBytes)
    return `available ${formatMib(availableBytes)} is more than the total of ${formatMib(totalBytes)}`;
  // A balloon that deflates on OOM is in the total, a moment of which may lie between the two.
  if (availableBytes + arcBytes > totalBytes + REPORT_TOLERANCE_BYTES)
    return `available ${formatMib(availableBytes)} and ZFS's ${formatMib(arcBytes)} are more than the total of ${formatMib(totalBytes)}`;
  return undefined;
}

/**
 * With deflate-on-oom the total keeps its size while the balloon grows, without it the total shrinks; in both cases
 * what is in the balloon cannot be available.
 */
function contradictionToSize(
  totalBytes: number,
  availableBytes: number,
  balloonBytes: number | undefined,
  maxBytes: number | undefined,
): string | undefined {
  if (maxBytes === undefined) return undefined;
  const limitBytes = maxBytes + REPORT_TOLERANCE_BYTES;
  if (totalBytes > limitBytes)
    return `total ${formatMib(totalBytes)} is more than the guest's ${formatMib(maxBytes)}`;
  if (balloonBytes === undefined) return undefined;
  if (balloonBytes > limitBytes)
    return `a balloon of ${formatMib(balloonBytes)} is more than the guest's ${formatMib(maxBytes)}`;
  if (availableBytes + balloonBytes > limitBytes)
    return `available ${formatMib(availableBytes)} contradicts a balloon of ${formatMib(balloonBytes)} in a guest of ${formatMib(maxBytes)}`;
  return undefined;
}

/** From 4 KiB to 1 MiB, a power of two: what Linux runs on. */
function isPageSize(bytes: number | undefined): bytes is number {
  return bytes !== undefined && bytes >= 4096 && bytes <= MIB && Number.isInteger(Math.log2(bytes));
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function refuse(problem: string): { ok: false; problem: string } {
  return { ok: false, problem };
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function withoutAbsent<T extends object>(fields: T): Present<T> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Present<T>;
}
