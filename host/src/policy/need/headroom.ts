/** Room for growth until memory can be got back: how much of it each guest needs. */
import { clamp, MIB } from "../../model/bytes.ts";
import type { GuestFacts, GuestReport } from "../../model/guest.ts";
import type { PolicyTuning } from "../../model/settings.ts";
import type { GuestMemory } from "../memory.ts";

/** From a call to its memory before it was measured, and the shortest sampling interval. */
const ASSUMED_ROUND_TRIP_MS = 50;
const SHORTEST_INTERVAL_MS = 20;
/**
 * An agent looks away for half of the time in which its guest could run out, so a burst may take half of the headroom before it
 * is seen; the other half must last until help is there. Twice, and a quarter more for what is not even.
 */
const HEADROOM_FACTOR = 2.5;
/** Growth that is under way is given this much ahead: until the next decision, and until taking elsewhere has worked. */
const MOMENTUM_MS = 2_000;
/** So much of it is beyond dispute where there is not enough for all. */
const BARE_MOMENTUM_MS = 1_000;
/** What agents keep that do not tell it (release 0.1.0). */
const OLD_DEMAND_RESERVE = { share: 0.03, leastBytes: 16 * MIB, mostBytes: 128 * MIB };
const MAX_HEADROOM_SHARE = 0.5;
/** What a guest could do but was not seen to do is prepared for up to here, the larger of the two, with this round trip at most. */
const UNSEEN_HEADROOM = { bytes: 256 * MIB, share: 0.08, roundTripMs: 60 };
/** A guest without agent cannot call: from its growth to the decision that sees it. */
const BLIND_DELAY_MS = 1_500;

/**
 * headroom = max(static, call reserve + fastest growth × time to get memory back × safety, growth under way × 2 s, the kernel's own
 * watermarks). Growth that the host has seen (its memory was drawn that fast) counts in full, what the guest tells or could do within bounds.
 */
export function headroom(
  facts: GuestFacts,
  report: GuestReport,
  memory: GuestMemory,
  tuning: PolicyTuning,
): number {
  const { maxBytes } = facts.limits;
  const { usePeakBytesPerSecond, residentPeakBytesPerSecond } = memory.growth;
  const roundTripMs = report.roundTripMs ?? ASSUMED_ROUND_TRIP_MS;
  const told = Math.max(usePeakBytesPerSecond, report.touchBytesPerSecond ?? 0);
  const seen =
    facts.processMemory === undefined ? usePeakBytesPerSecond : Math.min(told, residentPeakBytesPerSecond);
  const unseenBytes = roomFor(report, told, Math.min(roundTripMs, UNSEEN_HEADROOM.roundTripMs));
  const needed = Math.max(
    staticHeadroom(maxBytes, tuning),
    roomFor(report, seen, roundTripMs),
    Math.min(unseenBytes, Math.max(UNSEEN_HEADROOM.bytes, maxBytes * UNSEEN_HEADROOM.share)),
    momentum(report, MOMENTUM_MS),
    report.watermarkReserveBytes ?? 0,
  );
  return Math.round(Math.min(needed, maxBytes * MAX_HEADROOM_SHARE));
}

function roomFor(report: GuestReport, bytesPerSecond: number, roundTripMs: number): number {
  return (
    demandReserve(report) + (bytesPerSecond * (roundTripMs + SHORTEST_INTERVAL_MS) * HEADROOM_FACTOR) / 1000
  );
}

/** Growth that is under way, and enough to call in time. */
export function bareHeadroom(report: GuestReport): number {
  return Math.max(demandReserve(report), momentum(report, BARE_MOMENTUM_MS));
}

function momentum({ growthBytesPerSecond = 0 }: GuestReport, ms: number): number {
  return (growthBytesPerSecond * ms) / 1000;
}

/** Available memory at which an agent demands in any case, by its own word: a claim, and as such bounded. */
export function demandReserve({ totalBytes, demandReserveBytes }: GuestReport): number {
  const { share, leastBytes, mostBytes } = OLD_DEMAND_RESERVE;
  if (demandReserveBytes === undefined) return clamp(totalBytes * share, leastBytes, mostBytes);
  return Math.min(demandReserveBytes, Math.max(UNSEEN_HEADROOM.bytes, totalBytes * UNSEEN_HEADROOM.share));
}

function staticHeadroom(maxBytes: number, tuning: PolicyTuning): number {
  return Math.max(tuning.headroomBytes, (maxBytes * tuning.headroomPercent) / 100);
}

/** Statistics come late and nobody calls: only the host sees how fast such a guest draws memory. */
export function blindHeadroom(
  { limits }: GuestFacts,
  { growth, reclaim }: GuestMemory,
  tuning: PolicyTuning,
): number {
  const drawn = (growth.residentPeakBytesPerSecond * BLIND_DELAY_MS) / 1000;
  // What goes to swap is growth that the guest had no memory for.
  const growing = growth.residentNowBytesPerSecond + (reclaim?.swapOutBytesPerSecond ?? 0);
  const underWay = (growing * (BLIND_DELAY_MS + MOMENTUM_MS)) / 1000;
  const needed = Math.max(staticHeadroom(limits.maxBytes, tuning), drawn, underWay);
  return Math.round(Math.min(needed, limits.maxBytes * MAX_HEADROOM_SHARE));
}
