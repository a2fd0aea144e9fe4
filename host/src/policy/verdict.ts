import type { Regime, Verdict } from "../model/plan.ts";
import { type Charge, inFlight } from "./budget/ledger.ts";
import { deadBandBytes } from "./dead-band.ts";
import type { Funded } from "./move/funding.ts";
import { lowest } from "./move/next-target.ts";
import type { GuestNeed } from "./need/assess.ts";
import type { Entitlement } from "./share/entitlements.ts";

/** What a verdict is given on, besides the guest. */
export interface VerdictScene {
  readonly regime: Regime;
  readonly mode: "observe" | "act";
  readonly nowMs: number;
}

/** Everything found out about one guest. */
export function verdictOf(
  { guest, intent }: Funded,
  entitlement: Entitlement | undefined,
  charge: Charge | undefined,
  { regime, mode, nowMs }: VerdictScene,
): Verdict {
  const observed = mode === "observe" && intent.targetBytes !== guest.targetBytes;
  const verdict: Draft = {
    name: guest.facts.name,
    source: guest.source,
    reason: observed ? "observe-only" : intent.reason,
    pressure: guest.pressure,
    deadBandBytes: Math.round(deadBandBytes(guest.facts.limits.maxBytes)),
    inflateBytesPerSecond: guest.memory.progress.inflateBytesPerSecond,
    inFlightBytes: inFlight(guest, nowMs),
  };
  const detail = observed ? `would be ${intent.reason}` : intent.detail;
  if (detail !== undefined) verdict.detail = detail;
  if (guest.facts.balloon !== undefined) {
    verdict.actualBytes = guest.actualBytes;
    verdict.targetBytes = intent.targetBytes;
  }
  tellUse(verdict, guest, regime, nowMs);
  tellBooks(verdict, guest, entitlement, charge);
  return verdict;
}

/** Filled in place: thousands of verdicts a second, put together by spreading, would take a third of the decision's time. */
export type Draft = { -readonly [Key in keyof Verdict]: Verdict[Key] };

export function tellUse(verdict: Draft, guest: GuestNeed, regime: Regime, nowMs: number): void {
  if (guest.source === "none" || guest.usedBytes === undefined || guest.availableBytes === undefined) return;
  verdict.usedBytes = guest.usedBytes;
  verdict.availableBytes = guest.availableBytes;
  verdict.hotCacheBytes = guest.hotCacheBytes;
  if (guest.source === "agent") verdict.missesPerSecond = Math.round(guest.memory.cache.missesPerSecond);
  verdict.headroomBytes = guest.headroomBytes;
  verdict.vitalBytes = guest.vitalBytes;
  if (guest.systemBytes > 0) verdict.systemBytes = guest.systemBytes;
  verdict.leastBytes = lowest(guest, regime, nowMs);
  if (guest.doubtedBytes > 0) verdict.doubtedBytes = guest.doubtedBytes;
  verdict.growthBytesPerSecond = guest.memory.growth.usePeakBytesPerSecond;
  verdict.floorBytes = guest.floorBytes;
  verdict.wantBytes = guest.wantBytes;
}

export function tellBooks(
  verdict: Draft,
  guest: GuestNeed,
  entitlement: Entitlement | undefined,
  charge: Charge | undefined,
): void {
  const { owed } = guest.memory;
  if (entitlement !== undefined) {
    verdict.entitledBytes = entitlement.takeBytes;
    verdict.giveBytes = entitlement.giveBytes;
  }
  if (owed !== undefined) verdict.owedBytes = owed.bytes;
  if (charge !== undefined) {
    verdict.chargeBytes = charge.chargeBytes;
    verdict.exposureBytes = charge.exposureBytes;
  }
}
