import { MIB } from "../model/bytes.ts";
import type { Move, Regime, Verdict } from "../model/plan.ts";
import type { Assessment } from "./assess.ts";
import { deadBandBytes } from "./dead-band.ts";
import type { Funded } from "./fund.ts";
import { type Books, inFlight } from "./ledger.ts";
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
  return funded.flatMap(({ guest, intent }, i) => {
    const { name } = guest.facts;
    if (learned[i]?.progress.deaf !== true || moved.has(name)) return [];
    return [{ name, fromBytes: guest.targetBytes, toBytes: guest.targetBytes, reason: intent.reason }];
  });
}

function isMove({ guest, intent }: Funded): boolean {
  const changeBytes = Math.abs(intent.targetBytes - guest.targetBytes);
  return changeBytes >= MIB || (changeBytes > 0 && intent.targetBytes === guest.facts.limits.maxBytes);
}

/** What a verdict is given on, besides the guest. */
export interface VerdictScene {
  readonly books: Books;
  readonly regime: Regime;
  readonly mode: "observe" | "act";
  readonly nowMs: number;
}

/** Everything found out about one guest. */
export function verdictOf(
  { guest, intent }: Funded,
  entitlement: Entitlement | undefined,
  { books, regime, mode, nowMs }: VerdictScene,
): Verdict {
  const charge = books.charges.get(guest.facts.name);
  const { progress, owed } = guest.memory;
  const observed = mode === "observe" && intent.targetBytes !== guest.targetBytes;
  return {
    name: guest.facts.name,
    source: guest.source,
    reason: observed ? "observe-only" : intent.reason,
    ...detail(observed ? `would be ${intent.reason}` : intent.detail),
    pressure: guest.pressure,
    ...(guest.facts.balloon !== undefined && {
      actualBytes: guest.actualBytes,
      targetBytes: intent.targetBytes,
    }),
    ...figures(guest, regime),
    ...(entitlement !== undefined && {
      entitledBytes: entitlement.takeBytes,
      giveBytes: entitlement.giveBytes,
    }),
    deadBandBytes: Math.round(deadBandBytes(guest.facts.limits.maxBytes)),
    inflateBytesPerSecond: progress.inflateBytesPerSecond,
    inFlightBytes: inFlight(guest, nowMs),
    ...(owed !== undefined && { owedBytes: owed.bytes }),
    ...(charge !== undefined && { chargeBytes: charge.chargeBytes, exposureBytes: charge.exposureBytes }),
  };
}

function detail(text: string | undefined): { detail?: string } {
  return text === undefined ? {} : { detail: text };
}

function figures(guest: Assessment, regime: Regime): Partial<Verdict> {
  if (guest.source === "none" || guest.usedBytes === undefined || guest.availableBytes === undefined)
    return {};
  return {
    usedBytes: guest.usedBytes,
    availableBytes: guest.availableBytes,
    hotCacheBytes: guest.hotCacheBytes,
    ...(guest.source === "agent" && { missesPerSecond: Math.round(guest.memory.cache.missesPerSecond) }),
    headroomBytes: guest.headroomBytes,
    vitalBytes: guest.vitalBytes,
    ...(guest.systemBytes > 0 && { systemBytes: guest.systemBytes }),
    leastBytes: lowest(guest, regime),
    ...(guest.doubtedBytes > 0 && { doubtedBytes: guest.doubtedBytes }),
    growthBytesPerSecond: guest.memory.growth.peakBytesPerSecond,
    floorBytes: guest.floorBytes,
    wantBytes: guest.wantBytes,
  };
}

/** What to remember of a decision. Guests that left are forgotten. */
export function remember(
  kept: Omit<PolicyMemory, "guests" | "decidedAtMs">,
  funded: readonly Funded[],
  moves: readonly Move[],
  nowMs: number,
): PolicyMemory {
  const moved = new Map(moves.map((move) => [move.name, move]));
  const guests: Record<string, GuestMemory> = {};
  for (const { guest } of funded) {
    const move = moved.get(guest.facts.name);
    const memory = { ...guest.memory, floorBytes: guest.floorBytes };
    guests[guest.facts.name] = move === undefined ? memory : afterMove(memory, move, nowMs);
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
  const { owed, ...rest } = memory;
  const owedBytes = (owed?.bytes ?? 0) - changeBytes;
  return {
    ...rest,
    motion,
    grant: { bytes: changeBytes + (memory.grant?.bytes ?? 0), atMs: nowMs },
    ...(owed !== undefined && owedBytes > 0 && { owed: { bytes: owedBytes, atMs: owed.atMs } }),
  };
}
