/** The moves of all guests as one list; pure. */
import type { RecordedMove } from "../model/history.ts";

/** One guest's moves, in any order. */
export interface MovesOfGuest {
  readonly name: string;
  readonly moves: readonly Omit<RecordedMove, "name">[];
}

/** Those since `sinceMs` (wall clock), oldest first: the newest `limit`. */
export function recentMoves(
  guests: readonly MovesOfGuest[],
  sinceMs: number,
  limit: number,
): readonly RecordedMove[] {
  const wanted = guests
    .flatMap(({ name, moves }) => moves.map((move) => ({ name, ...move })))
    .filter(({ atMs }) => atMs >= sinceMs)
    .toSorted((a, b) => a.atMs - b.atMs);
  return wanted.slice(Math.max(0, wanted.length - limit));
}
