/** The cost of scanning a page and the savings of a full scan are measured from ksmd's counters. */
import { sum } from "../../model/bytes.ts";
import type { KsmGuest, KsmReading } from "../../model/ksm.ts";

/** CPU time for one page until it has been measured. */
const ASSUMED_NS_PER_PAGE = 1_400;
/** Weight of the newest measurement. */
const SMOOTHING = 0.3;
/** Fewer pages than this are too few to measure the time per page. */
const LEAST_PAGES = 1_000;

export interface EffortMemory {
  readonly nsPerPage: number;
  readonly last?: Mark;
  /** Counters at the end of the full scan before the running one. */
  readonly scanStart?: Mark;
  /** Bytes saved per CPU second in the last full scan; negative when more broke apart. */
  readonly yieldBytesPerCpuSecond?: number;
  /** How long the last full scan took. */
  readonly fullScanMs?: number;
  /** CPU time that it took. */
  readonly fullScanCpuSeconds?: number;
  /** Share of one processor that ksmd took since the last tick, 0…1. */
  readonly cpuShare?: number;
}

interface Mark {
  readonly atMs: number;
  readonly pagesScanned: number;
  readonly cpuNs: number;
  readonly savedBytes: number;
  readonly fullScans: number;
}

export const FRESH_EFFORT: EffortMemory = { nsPerPage: ASSUMED_NS_PER_PAGE };

/** Takes in one more reading. Where the kernel does not tell ksmd's time or pages, the assumption stands and the yield is unknown. */
export function learnEffort(before: EffortMemory, reading: KsmReading, nowMs: number): EffortMemory {
  const now = markOf(reading, nowMs);
  const { last, scanStart = now } = before;
  if (now.fullScans < scanStart.fullScans) return begunAnew(before, now);
  if (last === undefined) return { ...before, last: now, scanStart };
  const spanMs = nowMs - last.atMs;
  const cpuShare = spanMs > 0 ? (now.cpuNs - last.cpuNs) / (spanMs * 1e6) : before.cpuShare;
  const learned = {
    ...before,
    nsPerPage: price(before.nsPerPage, last, now),
    last: now,
    scanStart,
    ...(cpuShare !== undefined && { cpuShare }),
  };
  const scans = now.fullScans - scanStart.fullScans;
  return scans <= 0 ? learned : { ...learned, ...judgeScan(scanStart, now, scans), scanStart: now };
}

/** After everything was unmerged the kernel counts scans from 0 again: what the scans before brought says nothing of the next ones. */
function begunAnew({ nsPerPage }: EffortMemory, now: Mark): EffortMemory {
  return { nsPerPage, last: now, scanStart: now };
}

function judgeScan(from: Mark, to: Mark, scans: number): Partial<EffortMemory> {
  const cpuSeconds = (to.cpuNs - from.cpuNs) / 1e9;
  const fullScanMs = (to.atMs - from.atMs) / scans;
  if (cpuSeconds <= 0) return { fullScanMs };
  return {
    fullScanMs,
    fullScanCpuSeconds: cpuSeconds / scans,
    yieldBytesPerCpuSecond: (to.savedBytes - from.savedBytes) / cpuSeconds,
  };
}

function price(nsPerPage: number, from: Mark, to: Mark): number {
  const pages = to.pagesScanned - from.pagesScanned;
  const cpuNs = to.cpuNs - from.cpuNs;
  if (pages < LEAST_PAGES || cpuNs <= 0) return nsPerPage;
  return nsPerPage + SMOOTHING * (cpuNs / pages - nsPerPage);
}

function markOf(reading: KsmReading, atMs: number): Mark {
  const { pagesScanned = 0, ksmdCpuNs = 0, savedBytes, fullScans } = reading;
  return { atMs, pagesScanned, cpuNs: ksmdCpuNs, savedBytes, fullScans };
}

/** Pages that the last full scan covered. */
export function knownPages(reading: KsmReading): number {
  return reading.pagesShared + reading.pagesSharing + reading.pagesUnshared + reading.pagesVolatile;
}

/** Pages that one full scan covers at most: those that KSM knows already, or mergeable guests' resident memory if that is more. */
export function mergeablePages(reading: KsmReading, guests: readonly KsmGuest[]): number {
  const mergeableBytes = sum(guests, ({ merging, residentBytes }) =>
    merging?.on === true && merging.obstacle === undefined ? residentBytes : 0,
  );
  return Math.max(knownPages(reading), Math.ceil(mergeableBytes / reading.pageBytes));
}
