/** What one guest had at one moment of the past, in words and numbers; the command and the page show the same. */
import type { GuestHistory, GuestStep } from "../../model/history.ts";
import { REASON_TEXTS } from "./reasons.ts";

const MOVES_SHOWN = 10;

export interface PastMoment {
  readonly step: GuestStep;
  /** Why it had this. */
  readonly words: string;
  /** Those that are known. */
  readonly figures: readonly { readonly name: string; readonly bytes: number }[];
  readonly notes: readonly string[];
  /** The last moves before it, newest first. */
  readonly moves: GuestHistory["moves"];
}

/** The step that holds a moment, and the moves before it; undefined: nothing is remembered of it. */
export function momentOf({ points, moves }: GuestHistory, atMs: number): PastMoment | undefined {
  const step = points.findLast((point) => point.atMs <= atMs && atMs < point.atMs + point.stepMs);
  if (step === undefined) return undefined;
  return {
    step,
    words: REASON_TEXTS[step.reason] ?? "The reason is one that this ballast does not know.",
    figures: FIGURES.flatMap(([field, name]) => {
      const bytes = step[field];
      return bytes === undefined ? [] : [{ name, bytes }];
    }),
    notes: notesOf(step),
    moves: lastMoves(moves.filter((move) => move.atMs <= atMs)),
  };
}

/** The last of those that are given oldest first, newest first. */
export function lastMoves(moves: GuestHistory["moves"]): GuestHistory["moves"] {
  return moves.slice(-MOVES_SHOWN).toReversed();
}

const FIGURES = [
  ["actualBytes", "actual"],
  ["targetBytes", "target"],
  ["usedBytes", "used"],
  ["floorBytes", "floor"],
  ["wantBytes", "want"],
  ["maxBytes", "max"],
] as const;

function notesOf({ pressure, hasAgent, isObserved, oomKills }: GuestStep): string[] {
  return [
    ...(pressure === undefined ? [] : [`pressure: ${pressure}`]),
    hasAgent ? "its agent was there" : "no agent was there",
    ...(isObserved ? ["it was only observed"] : []),
    ...(oomKills > 0 ? [`its OOM killer killed ${oomKills} times`] : []),
  ];
}

/** How long a step is, in words. */
export function stepText(stepMs: number): string {
  if (stepMs < 60_000) return `each ${stepMs / 1000} s`;
  return stepMs < 3_600_000 ? "the mean of a minute" : "the mean of an hour";
}
