/** Growth that a guest reports and its host does not see is told apart: it counts only up to the guest's fair share. */
import type { GuestFacts, GuestReport } from "../../model/guest.ts";
import type { PolicyTuning } from "../../model/settings.ts";
import { isClaimNew, isSeenGrowing } from "../learn/growth.ts";
import type { GuestMemory } from "../memory.ts";
import { bareHeadroom, headroom, mostUnseenBytes } from "./headroom.ts";

/** Parts of a guest's need that stand on nothing but its word, in bytes. */
export interface UnseenGrowth {
  /** Of its bare headroom. */
  readonly bareBytes: number;
  /** Of its headroom. */
  readonly headroomBytes: number;
  /** The same once it was reported for so long that the host should have seen it. */
  readonly staleBytes: number;
}

const NOTHING_UNSEEN: UnseenGrowth = { bareBytes: 0, headroomBytes: 0, staleBytes: 0 };

/** What of the guest's headroom is growth under way that its host does not see. Nothing, where the host cannot see its process. */
export function unseenGrowth(
  facts: GuestFacts,
  report: GuestReport,
  memory: GuestMemory,
  tuning: PolicyTuning,
  nowMs: number,
): UnseenGrowth {
  const { growth } = memory;
  if (!report.growthBytesPerSecond || facts.processMemory === undefined) return NOTHING_UNSEEN;
  const bytesPerSecond = isGrowing(memory, nowMs) ? growth.residentPeakBytesPerSecond : 0;
  const seen = (ms: number) => (bytesPerSecond * ms) / 1000;
  const within = (ms: number) => Math.max(mostUnseenBytes(facts), seen(ms));
  const headroomBytes =
    headroom(facts, report, memory, tuning) - headroom(facts, report, memory, tuning, within);
  return {
    bareBytes: bareHeadroom(facts, report) - bareHeadroom(facts, report, seen),
    headroomBytes,
    staleBytes: isClaimNew(growth, nowMs) ? 0 : headroomBytes,
  };
}

/** Whether the host sees the guest grow. */
export function isGrowing({ growth }: GuestMemory, nowMs: number): boolean {
  return isSeenGrowing(growth, nowMs);
}

/** Nothing of the need is unseen. */
export function nothingUnseen(): UnseenGrowth {
  return NOTHING_UNSEEN;
}
