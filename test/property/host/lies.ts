/** Every claim that a guest can make on the wire and in its balloon driver's statistics, each as a lie. */
import { MIB } from "../../../host/src/model/bytes.ts";
import type { BalloonStats, GuestDemand, GuestReport } from "../../../host/src/model/guest.ts";
import type { GuestView } from "../../../host/src/simulate/controller.ts";

/** The largest number that the wire carries. */
const HUGE = Number.MAX_SAFE_INTEGER;
const HOT_PAGES_PER_SECOND = 20_000;
const BUSY_BYTES_PER_SECOND = 200 * MIB;

/** What a liar makes of the truth. Pure: the same truth at the same time gives the same lie. */
export interface Lie {
  readonly name: string;
  readonly report?: (truth: GuestReport, view: GuestView, nowMs: number) => Partial<GuestReport>;
  readonly stats?: (truth: BalloonStats, view: GuestView, nowMs: number) => Partial<BalloonStats>;
  /** Demanded at each tick, whatever the truth is. */
  readonly demand?: (
    view: GuestView,
    nowMs: number,
  ) => Pick<GuestDemand, "level" | "needBytes"> & Partial<GuestDemand>;
}

const isOdd = (nowMs: number, periodMs: number) => Math.floor(nowMs / periodMs) % 2 === 1;
const isShrinking = ({ actualBytes, targetBytes = actualBytes }: GuestView) =>
  targetBytes < actualBytes - MIB;

export const LIES: readonly Lie[] = [
  { name: "nothing is available", report: () => ({ availableBytes: 0, freeBytes: 0 }) },
  {
    name: "hardly anything is available",
    report: (_, { actualBytes }) => ({ availableBytes: actualBytes / 100 }),
  },
  { name: "everything is available", report: ({ totalBytes }) => ({ availableBytes: totalBytes }) },
  { name: "the balloon is empty", report: () => ({ balloonBytes: 0 }) },
  { name: "the balloon is full", report: (_, { fullBytes }) => ({ balloonBytes: fullBytes }) },
  { name: "it grows without bound", report: () => ({ growthBytesPerSecond: HUGE }) },
  { name: "it grows fast", report: () => ({ growthBytesPerSecond: 500 * MIB }) },
  { name: "it once grew without bound", report: () => ({ growthPeakBytesPerSecond: HUGE }) },
  { name: "it touches memory without bound", report: () => ({ touchBytesPerSecond: HUGE }) },
  { name: "its watermarks are without bound", report: () => ({ watermarkReserveBytes: HUGE }) },
  {
    name: "its watermarks are half of it",
    report: (_, { fullBytes }) => ({ watermarkReserveBytes: fullBytes / 2 }),
  },
  { name: "its demands take for ever", report: () => ({ roundTripMs: HUGE }) },
  { name: "its reserve is without bound", report: () => ({ demandReserveBytes: HUGE }) },
  {
    name: "all of its cache is active",
    report: (_, { actualBytes }) => ({ cacheBytes: actualBytes, activeCacheBytes: actualBytes }),
  },
  {
    name: "it reads evicted cache again all the time, all of which is active",
    report: (_, { actualBytes }, nowMs) => ({
      cacheBytes: actualBytes,
      activeCacheBytes: actualBytes,
      refaultFilePagesTotal: Math.round((nowMs * HOT_PAGES_PER_SECOND) / 1000),
      stealPagesTotal: Math.round((nowMs * HOT_PAGES_PER_SECOND) / 1000),
    }),
  },
  {
    name: "it swaps in all the time",
    report: (_, __, nowMs) => ({ swapInPagesTotal: Math.round((nowMs * HOT_PAGES_PER_SECOND) / 1000) }),
  },
  {
    name: "it faults all the time",
    report: (_, __, nowMs) => ({ majorFaultsTotal: Math.round((nowMs * HOT_PAGES_PER_SECOND) / 1000) }),
  },
  {
    name: "it stalls all the time",
    report: (_, __, nowMs) => ({
      stallSomeUsTotal: nowMs * 1000,
      stallFullUsTotal: nowMs * 1000,
      allocationStallsTotal: nowMs,
    }),
  },
  { name: "its pressure is critical", report: () => ({ pressure: "critical" }) },
  {
    name: "its programs are killed all the time",
    report: (_, __, nowMs) => ({ oomKillsTotal: Math.round(nowMs / 100) }),
  },
  { name: "it has swap without bound", report: () => ({ swapTotalBytes: HUGE, swapFreeBytes: HUGE }) },
  { name: "its swap is full", report: () => ({ swapTotalBytes: HUGE, swapFreeBytes: 0 }) },
  {
    name: "it is one pool of huge pages",
    report: (_, { fullBytes }) => ({ hugetlbBytes: fullBytes, availableBytes: 0 }),
  },
  {
    name: "its ZFS has all of it",
    report: (_, { fullBytes }) => ({ arcSizeBytes: fullBytes, arcMinBytes: fullBytes, arcAvailableBytes: 0 }),
  },
  { name: "it has hardly any memory", report: () => ({ totalBytes: MIB }) },
  {
    name: "it needs all by turns",
    report: ({ availableBytes }, { actualBytes }, nowMs) => ({
      availableBytes: isOdd(nowMs, 3_000) ? 0 : Math.max(availableBytes, actualBytes * 0.9),
    }),
  },
  {
    name: "it needs all whenever its balloon grows",
    report: ({ availableBytes }, view) => (isShrinking(view) ? { availableBytes: 0 } : { availableBytes }),
  },
  { name: "nothing, and has no agent", stats: () => ({}) },
  { name: "its driver has nothing available", stats: () => ({ availableBytes: 0, freeBytes: 0 }) },
  {
    name: "its driver has all available",
    stats: (_, { actualBytes }) => ({ availableBytes: actualBytes, freeBytes: actualBytes }),
  },
  {
    name: "its driver has cache alone",
    stats: (_, { actualBytes }) => ({ freeBytes: 0, cacheBytes: actualBytes }),
  },
  {
    name: "its driver swaps and faults all the time",
    stats: (_, __, nowMs) => ({
      swapInBytesTotal: Math.round((nowMs * BUSY_BYTES_PER_SECOND) / 1000),
      majorFaultsTotal: nowMs * 10,
    }),
  },
  {
    name: "its driver needs all by turns",
    stats: (_, { actualBytes }, nowMs) => ({ availableBytes: isOdd(nowMs, 4_000) ? 0 : actualBytes }),
  },
  {
    name: "it demands all of its memory at each tick",
    demand: ({ fullBytes }) => ({ level: "critical", needBytes: fullBytes, availableBytes: 0 }),
  },
  {
    name: "it demands without bound",
    demand: () => ({ level: "critical", needBytes: HUGE, availableBytes: 0, growthBytesPerSecond: HUGE }),
  },
  {
    name: "it demands a little at each tick",
    demand: () => ({ level: "critical", needBytes: 64 * MIB, availableBytes: 0 }),
  },
  {
    name: "it demands whenever its balloon grows",
    demand: (view) => ({
      level: "critical",
      needBytes: isShrinking(view) ? view.fullBytes : MIB,
      availableBytes: isShrinking(view) ? 0 : view.actualBytes,
    }),
  },
];

/** Both at once. */
export function together(a: Lie, b: Lie): Lie {
  const report = joined(a.report, b.report);
  const stats = joined(a.stats, b.stats);
  const demand = a.demand ?? b.demand;
  return {
    name: `${a.name}, and ${b.name}`,
    ...(report !== undefined && { report }),
    ...(stats !== undefined && { stats }),
    ...(demand !== undefined && { demand }),
  };
}

type Told<T> = (truth: T, view: GuestView, nowMs: number) => Partial<T>;

function joined<T>(a: Told<T> | undefined, b: Told<T> | undefined): Told<T> | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return (truth, view, nowMs) => ({ ...a(truth, view, nowMs), ...b(truth, view, nowMs) });
}

/** Whether the liar has no agent: what a driver says counts where no agent speaks. */
export function isSilent({ stats, report, demand }: Lie): boolean {
  return stats !== undefined && report === undefined && demand === undefined;
}

/** What the host sees of a guest that lies. */
export function lied(lie: Lie, view: GuestView, nowMs: number): GuestView {
  const { report, stats } = view;
  if (isSilent(lie)) {
    const told = stats && { ...stats, ...lie.stats?.(stats, view, nowMs) };
    return { ...viewOf(view), agentConnected: false, report: undefined, stats: told };
  }
  return {
    ...viewOf(view),
    report: report && lie.report ? { ...report, ...lie.report(report, view, nowMs) } : report,
    stats: stats && lie.stats ? { ...stats, ...lie.stats(stats, view, nowMs) } : stats,
  };
}

/** A plain copy: views are objects with getters. */
function viewOf(view: GuestView): GuestView {
  const { name, limits, fullBytes, os, actualBytes, targetBytes, stats, residentBytes, swappedBytes } = view;
  const { bootedAtMs, agentConnected, report } = view;
  return {
    ...{ name, limits, fullBytes, os, actualBytes, targetBytes, stats, residentBytes, swappedBytes },
    ...{ bootedAtMs, agentConnected, report },
  };
}
