/** A guest's headroom is what it can grow by until memory arrives that it demands. */
import { clamp, MIB } from "../../model/bytes.ts";
import type { GuestFacts, GuestReport } from "../../model/guest.ts";
import type { PolicyTuning } from "../../model/settings.ts";
import type { GuestMemory } from "../memory.ts";

/** Time from a demand to its memory until it is measured. */
const ASSUMED_ROUND_TRIP_MS = 50;
/** The agent's shortest sampling interval: a burst may begin right after a sample. */
const SHORTEST_INTERVAL_MS = 20;
/**
 * An agent sleeps for up to half of the time in which its guest could run out. So a burst may take half of the headroom before it is
 * seen; the other half must last until memory arrives. That makes twice, and a quarter more for uneven growth.
 */
const HEADROOM_FACTOR = 2.5;
/** Growth under way counts this far ahead: until the next decision, and until taking elsewhere has worked. */
const MOMENTUM_MS = 2_000;
/** Growth under way counts this far ahead where there is not enough for all. */
const BARE_MOMENTUM_MS = 1_000;
/** Demand reserve of agents that do not report it (release 0.1.0). */
const OLD_DEMAND_RESERVE = { share: 0.03, leastBytes: 16 * MIB, mostBytes: 128 * MIB };
/** Headroom is at most this share of the guest's maximum: a small guest must be able to give something. */
const MAX_HEADROOM_SHARE = 0.5;
/** Limits for growth that a guest could do but that the host never saw, and for watermarks: the larger of the two sizes, and the round trip. */
const UNSEEN_HEADROOM = { bytes: 256 * MIB, share: 0.08, roundTripMs: 60 };
/** For a guest that cannot demand: time from its growth to the decision that sees it. */
const BLIND_DELAY_MS = 1_500;

/** What growth under way may come to within a time in ms, in bytes. */
export type Momentum = (ms: number) => number;

const unlimited: Momentum = () => Number.POSITIVE_INFINITY;

/**
 * headroom = max(static, demand reserve + fastest growth × (time until memory arrives × safety + wait for the monitor), growth under
 * way × (2 s + wait), the kernel's own watermarks). Growth that the host saw counts in full. Growth that the guest only reports or could do counts within limits;
 * growth under way up to `mostMomentum`.
 */
export function headroom(
  facts: GuestFacts,
  report: GuestReport,
  memory: GuestMemory,
  tuning: PolicyTuning,
  mostMomentum: Momentum = unlimited,
): number {
  const { maxBytes } = facts.limits;
  const { usePeakBytesPerSecond, residentPeakBytesPerSecond } = memory.growth;
  const roundTripMs = report.roundTripMs ?? ASSUMED_ROUND_TRIP_MS;
  const waitMs = monitorWaitMs(facts);
  const reported = Math.max(usePeakBytesPerSecond, report.touchBytesPerSecond ?? 0);
  const seen =
    facts.processMemory === undefined
      ? usePeakBytesPerSecond
      : Math.min(reported, residentPeakBytesPerSecond);
  const unseenRoundTripMs = Math.min(roundTripMs, UNSEEN_HEADROOM.roundTripMs);
  const unseenBytes = headroomFor(report, reported, unseenRoundTripMs, waitMs);
  const needed = Math.max(
    staticHeadroom(maxBytes, tuning),
    headroomFor(report, seen, roundTripMs, waitMs),
    Math.min(unseenBytes, mostUnseenBytes(facts)),
    Math.min(momentum(report, MOMENTUM_MS + waitMs), mostMomentum(MOMENTUM_MS + waitMs)),
    watermarks(facts, report),
  );
  return Math.round(Math.min(needed, maxBytes * MAX_HEADROOM_SHARE));
}

function headroomFor(
  report: GuestReport,
  bytesPerSecond: number,
  roundTripMs: number,
  waitMs: number,
): number {
  const unhelpedMs = (roundTripMs + SHORTEST_INTERVAL_MS) * HEADROOM_FACTOR + waitMs;
  return demandReserve(report) + (bytesPerSecond * unhelpedMs) / 1000;
}

/**
 * How long a command may wait for a monitor that others use as well. It comes on top of all else, without a safety factor: it is the
 * longest wait of late already.
 */
function monitorWaitMs({ monitor }: GuestFacts): number {
  return monitor?.worstWaitMs ?? 0;
}

/** Growth under way, and enough to demand in time: the least headroom. */
export function bareHeadroom(
  facts: GuestFacts,
  report: GuestReport,
  mostMomentum: Momentum = unlimited,
): number {
  const aheadMs = BARE_MOMENTUM_MS + monitorWaitMs(facts);
  return Math.max(demandReserve(report), Math.min(momentum(report, aheadMs), mostMomentum(aheadMs)));
}

function momentum({ growthBytesPerSecond = 0 }: GuestReport, ms: number): number {
  return (growthBytesPerSecond * ms) / 1000;
}

/** The kernel's own watermarks, within limits: available memory is counted without them already. */
export function watermarks(facts: GuestFacts, { watermarkReserveBytes = 0 }: GuestReport): number {
  return Math.min(watermarkReserveBytes, mostUnseenBytes(facts));
}

/** What growth and watermarks come to at most where the host sees nothing of them. */
export function mostUnseenBytes({ limits: { maxBytes } }: GuestFacts): number {
  return Math.max(UNSEEN_HEADROOM.bytes, maxBytes * UNSEEN_HEADROOM.share);
}

/** Available memory at which an agent demands in any case. The agent reports it, so it is bounded. */
export function demandReserve({ totalBytes, demandReserveBytes }: GuestReport): number {
  const { share, leastBytes, mostBytes } = OLD_DEMAND_RESERVE;
  if (demandReserveBytes === undefined) return clamp(totalBytes * share, leastBytes, mostBytes);
  return Math.min(demandReserveBytes, Math.max(UNSEEN_HEADROOM.bytes, totalBytes * UNSEEN_HEADROOM.share));
}

function staticHeadroom(maxBytes: number, tuning: PolicyTuning): number {
  return Math.max(tuning.headroomBytes, (maxBytes * tuning.headroomPercent) / 100);
}

/** Headroom of a guest without agent: only the host sees how fast it draws memory. */
export function blindHeadroom(
  facts: GuestFacts,
  { growth, reclaim }: GuestMemory,
  tuning: PolicyTuning,
): number {
  const { limits } = facts;
  const delayMs = BLIND_DELAY_MS + monitorWaitMs(facts);
  const drawn = (growth.residentPeakBytesPerSecond * delayMs) / 1000;
  // Swapping out is growth for which the guest had no memory.
  const growing = growth.residentNowBytesPerSecond + (reclaim?.swapOutBytesPerSecond ?? 0);
  const underWay = (growing * (delayMs + MOMENTUM_MS)) / 1000;
  const needed = Math.max(staticHeadroom(limits.maxBytes, tuning), drawn, underWay);
  return Math.round(Math.min(needed, limits.maxBytes * MAX_HEADROOM_SHARE));
}
