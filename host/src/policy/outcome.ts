import { MIB } from "../model/bytes.ts";
import type { Move, Regime, Verdict } from "../model/plan.ts";
import type { Assessment } from "./assess.ts";
import { deadBandBytes } from "./dead-band.ts";
import type { Funded } from "./fund.ts";
import { type Charge, inFlight } from "./ledger.ts";
import type { GuestMemory, PolicyMemory } from "./memory.ts";
import { type Entitlement, lowest } from "./motion.ts";
import type { ProgressReport } from "./progress.ts";

/** The balloon commands that carry out what was funded: donors before acceptors. */
export function movesOf(funded: readonly Funded[]): Move[] {
  const moves = funded.filter(isMove).map(
    ({ guest, intent }): Move => ({
      name: guest.facts.name,
      fromBytes: guest.targetBytes,
      toBytes: intent.targetBytes,
      reason: intent.reason,
    }),
  );
  return moves.sort((a, b) => a.toBytes - a.fromBytes - (b.toBytes - b.fromBytes));
}

/** What was said to balloons that did not begin to move, said again; those that are moved anyway need no repeating. */
export function repeatsOf(
  funded: readonly Funded[],
  moves: readonly Move[],
  learned: readonly { readonly progress: ProgressReport }[],
): Move[] {
  const moved = new Set(moves.map(({ name }) => name));
  return funded
    .filter(({ guest }, i) => learned[i]?.progress.deaf === true && !moved.has(guest.facts.name))
    .map(({ guest, intent }) => ({
      name: guest.facts.name,
      fromBytes: guest.targetBytes,
      toBytes: guest.targetBytes,
      reason: intent.reason,
    }));
}

function isMove({ guest, intent }: Funded): boolean {
  const changeBytes = Math.abs(intent.targetBytes - guest.targetBytes);
  return changeBytes >= MIB || (changeBytes > 0 && intent.targetBytes === guest.facts.limits.maxBytes);
}

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
type Draft = { -readonly [Key in keyof Verdict]: Verdict[Key] };

function tellUse(verdict: Draft, guest: Assessment, regime: Regime, nowMs: number): void {
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
  verdict.growthBytesPerSecond = guest.memory.growth.peakBytesPerSecond;
  verdict.floorBytes = guest.floorBytes;
  verdict.wantBytes = guest.wantBytes;
}

function tellBooks(
  verdict: Draft,
  guest: Assessment,
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

/** What to remember of a decision. Guests that left are forgotten. */
export function remember(
  kept: Omit<PolicyMemory, "guests" | "decidedAtMs">,
  funded: readonly Funded[],
  moves: readonly Move[],
  nowMs: number,
): PolicyMemory {
  const moved = new Map(moves.map((move) => [move.name, move]));
  const guests = new Map<string, GuestMemory>();
  for (const { guest } of funded) {
    const move = moved.get(guest.facts.name);
    const doubtedAtMs = guest.doubtedBytes > 0 ? nowMs : guest.memory.doubtedAtMs;
    const memory = { ...guest.memory, floorBytes: guest.floorBytes, doubtedAtMs };
    guests.set(guest.facts.name, move === undefined ? memory : afterMove(memory, move, nowMs));
  }
  return { ...kept, decidedAtMs: nowMs, guests };
}

/** Books a move in the guest's memory: its direction, what was granted, what is still owed. */
export function afterMove(memory: GuestMemory, move: Move, nowMs: number): GuestMemory {
  // What an admin does by hand is no turn of ours: it holds nothing up.
  if (move.reason === "manual") return memory;
  const changeBytes = move.toBytes - move.fromBytes;
  const motion = {
    ...memory.motion,
    direction: changeBytes > 0 ? ("up" as const) : ("down" as const),
    movedAtMs: nowMs,
  };
  if (changeBytes <= 0 || move.reason === "give-back") return { ...memory, motion };
  const { owed } = memory;
  const owedBytes = (owed?.bytes ?? 0) - changeBytes;
  return {
    ...memory,
    motion,
    grant: { bytes: changeBytes + (memory.grant?.bytes ?? 0), atMs: nowMs },
    owed: owed !== undefined && owedBytes > 0 ? { bytes: owedBytes, atMs: owed.atMs } : undefined,
  };
}
