import type { Move } from "../model/plan.ts";
import { learnUse } from "./learn/use-history.ts";
import type { GuestMemory, PolicyMemory, UseMemory } from "./memory.ts";
import type { Funded } from "./move/funding.ts";
import type { GuestNeed } from "./need/assess.ts";

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
    const memory = { ...guest.memory, floorBytes: guest.floorBytes, doubtedAtMs, use: seenUse(guest, nowMs) };
    guests.set(guest.facts.name, move === undefined ? memory : afterMove(memory, move, nowMs));
  }
  return { ...kept, decidedAtMs: nowMs, guests };
}

function seenUse({ facts, memory, usedBytes }: GuestNeed, nowMs: number): UseMemory | undefined {
  if (usedBytes === undefined) return memory.use;
  const oomKillsTotal = facts.report?.oomKillsTotal ?? facts.stats?.oomKillsTotal;
  return learnUse(memory.use, { usedBytes, ...(oomKillsTotal !== undefined && { oomKillsTotal }) }, nowMs);
}

/** Notes a move in the guest's memory: its direction, what was granted, what is still owed. */
export function afterMove(memory: GuestMemory, move: Move, nowMs: number): GuestMemory {
  // A manual target is no turn of the policy's own: it protects from nothing.
  if (move.kind === "manual") return memory;
  const changeBytes = move.toBytes - move.fromBytes;
  const motion = {
    ...memory.motion,
    direction: changeBytes > 0 ? ("up" as const) : ("down" as const),
    movedAtMs: nowMs,
  };
  if (changeBytes <= 0 || move.kind === "give-surplus") return { ...memory, motion };
  const { owed } = memory;
  const owedBytes = (owed?.bytes ?? 0) - changeBytes;
  return {
    ...memory,
    motion,
    grant: { bytes: changeBytes + (memory.grant?.bytes ?? 0), atMs: nowMs },
    owed: owed !== undefined && owedBytes > 0 ? { bytes: owedBytes, atMs: owed.atMs } : undefined,
  };
}
