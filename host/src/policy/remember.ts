/** Each decision notes what moved, what was granted and what is still owed. */
import type { Move } from "../model/plan.ts";
import type { PolicyTuning } from "../model/settings.ts";
import { TOLERANCE_BYTES } from "./learn/balloon-progress.ts";
import { isBooting } from "./learn/freshness.ts";
import { turnsAfter } from "./learn/turns.ts";
import { learnUse } from "./learn/use-history.ts";
import type { GuestMemory, PolicyMemory, UseMemory } from "./memory.ts";
import type { Funded } from "./move/funding.ts";
import type { GuestNeed } from "./need/assess.ts";

/** The memory after a decision. Guests that are gone are forgotten. */
export function remember(
  { demanded: _, ...kept }: Omit<PolicyMemory, "guests" | "decidedAtMs">,
  funded: readonly Funded[],
  moves: readonly Move[],
  tuning: PolicyTuning,
  nowMs: number,
): PolicyMemory {
  const moved = new Map(moves.map((move) => [move.name, move]));
  const guests = new Map<string, GuestMemory>();
  for (const { guest } of funded) {
    const move = moved.get(guest.facts.name);
    const doubtedAtMs = guest.doubtedBytes > 0 ? nowMs : guest.memory.doubtedAtMs;
    const contradictedAtMs = guest.contradicted ? nowMs : guest.memory.contradictedAtMs;
    const use = seenUse(guest, isBooting(guest.facts, tuning, nowMs), nowMs);
    const memory = { ...guest.memory, floorBytes: guest.floorBytes, doubtedAtMs, contradictedAtMs, use };
    guests.set(guest.facts.name, move === undefined ? memory : afterMove(memory, move, nowMs));
  }
  return { ...kept, decidedAtMs: nowMs, guests };
}

/** Learns use from figures that are newer than the balloon's last move. A boot says nothing of later bursts. */
function seenUse(guest: GuestNeed, booting: boolean, nowMs: number): UseMemory | undefined {
  const { facts, memory, usedBytes, actualBytes, targetBytes } = guest;
  if (usedBytes === undefined || booting || Math.abs(actualBytes - targetBytes) > TOLERANCE_BYTES)
    return memory.use;
  const sampledAtMs = (guest.source === "agent" ? facts.report?.receivedAtMs : facts.stats?.updatedAtMs) ?? 0;
  if (sampledAtMs < (memory.progress.movedAtMs ?? 0)) return memory.use;
  const oomKillsTotal = facts.report?.oomKillsTotal ?? facts.stats?.oomKillsTotal;
  return learnUse(memory.use, { usedBytes, ...(oomKillsTotal !== undefined && { oomKillsTotal }) }, nowMs);
}

/** Notes a move in the guest's memory: its direction, what was granted, what is still owed. */
export function afterMove(memory: GuestMemory, move: Move, nowMs: number): GuestMemory {
  // A manual target is no move of the policy: it neither protects the guest nor counts as a change of direction.
  if (move.kind === "manual") return memory;
  const changeBytes = move.toBytes - move.fromBytes;
  const direction = changeBytes > 0 ? ("up" as const) : ("down" as const);
  const motion = {
    ...memory.motion,
    direction,
    turns: turnsAfter(memory.motion, direction, nowMs),
    movedAtMs: nowMs,
  };
  if (changeBytes <= 0 || move.kind === "give-surplus") return { ...memory, motion };
  const { owed } = memory;
  const owedBytes = (owed?.bytes ?? 0) - changeBytes;
  return {
    ...memory,
    motion,
    grant: { bytes: changeBytes + (memory.grant?.bytes ?? 0), atMs: nowMs },
    owed: owed !== undefined && owedBytes > 0 ? { ...owed, bytes: owedBytes } : undefined,
  };
}
