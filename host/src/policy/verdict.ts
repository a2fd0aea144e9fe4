/** The verdict tells every figure that led to a guest's target; what is unknown is absent. */
import type { Inhibition } from "../model/guest.ts";
import type { Verdict } from "../model/plan.ts";
import type { Charge } from "./budget/ledger.ts";
import { inFlight } from "./budget/stakes.ts";
import { deadBandBytes } from "./dead-band.ts";
import type { Funded } from "./move/funding.ts";
import type { Intent } from "./move/intent.ts";
import type { GuestNeed } from "./need/assess.ts";
import { reasonOf } from "./reason.ts";
import type { Entitlement } from "./share/entitlements.ts";

/** What a verdict needs beside the guest. */
export interface VerdictScene {
  readonly mode: "observe" | "act";
  readonly nowMs: number;
  /** Nothing is taken below this. */
  readonly leastBytes: number;
}

/** All figures of the decision for one guest, with the reason that is shown. */
export function verdictOf(
  { guest, intent, unpaidBytes }: Funded,
  entitlement: Entitlement | undefined,
  charge: Charge | undefined,
  { mode, nowMs, leastBytes }: VerdictScene,
): Verdict {
  const observed = mode === "observe" && intent.targetBytes !== guest.targetBytes;
  const verdict: Draft = {
    name: guest.facts.name,
    source: guest.source,
    kind: intent.kind,
    reason: observed ? "observe-only" : reasonOf(intent.kind, unpaidBytes),
    pressure: guest.pressure,
    deadBandBytes: Math.round(deadBandBytes(guest.facts.limits.maxBytes)),
    inflateBytesPerSecond: guest.memory.progress.inflateBytesPerSecond,
    inFlightBytes: inFlight(guest, nowMs),
  };
  const detail = observed ? `would be ${reasonOf(intent.kind, unpaidBytes)}` : detailOf(intent, unpaidBytes);
  if (detail !== undefined) verdict.detail = detail;
  const inhibition = inhibitionOf(guest, intent);
  if (inhibition !== undefined) verdict.inhibition = inhibition;
  if (guest.facts.balloon !== undefined) {
    verdict.actualBytes = guest.actualBytes;
    verdict.targetBytes = intent.targetBytes;
  }
  tellUse(verdict, guest, leastBytes);
  tellLedger(verdict, guest, entitlement, charge);
  return verdict;
}

function inhibitionOf({ facts }: GuestNeed, { kind }: Intent): Inhibition | undefined {
  if (kind === "booting") return "booting";
  return kind === "inhibited" ? facts.inhibitions[0] : undefined;
}

function detailOf({ kind, detail }: Intent, unpaidBytes: number): string | undefined {
  return unpaidBytes > 0 ? `wanted by ${reasonOf(kind)}` : detail;
}

/** Fields are set one by one: with thousands of guests object spread would take a third of the decision's time. */
type Draft = { -readonly [Key in keyof Verdict]: Verdict[Key] };

function tellUse(verdict: Draft, guest: GuestNeed, leastBytes: number): void {
  if (guest.source === "none" || guest.usedBytes === undefined || guest.availableBytes === undefined) return;
  verdict.usedBytes = guest.usedBytes;
  verdict.availableBytes = guest.availableBytes;
  verdict.hotCacheBytes = guest.hotCacheBytes;
  if (guest.source === "agent") verdict.missesPerSecond = Math.round(guest.memory.cache.missesPerSecond);
  verdict.headroomBytes = guest.headroomBytes;
  verdict.vitalBytes = guest.vitalBytes;
  if (guest.systemBytes > 0) verdict.systemBytes = guest.systemBytes;
  verdict.leastBytes = leastBytes;
  if (guest.doubtedBytes > 0) verdict.doubtedBytes = guest.doubtedBytes;
  verdict.growthBytesPerSecond = guest.memory.growth.usePeakBytesPerSecond;
  verdict.floorBytes = guest.floorBytes;
  if (guest.facts.forecast !== undefined) verdict.forecastBytes = guest.facts.forecast.useBytes;
  verdict.wantBytes = guest.wantBytes;
}

function tellLedger(
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
