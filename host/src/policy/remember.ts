import type { Move } from "../model/plan.ts";
import type { GuestMemory, PolicyMemory } from "./memory.ts";
import type { Funded } from "./move/funding.ts";

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
