/** `ballast history GUEST` and `ballast explain GUEST --at`: what was, in words and numbers. */
import type { GuestHistory, GuestStep } from "../../model/history.ts";
import type { Paint } from "./paint.ts";
import { formatPlot } from "./plot.ts";
import { REASON_TEXTS } from "./reasons.ts";
import { formatSize, formatTime } from "./sizes.ts";

const MOVES_SHOWN = 10;

export function formatHistory(
  { name, points, moves }: GuestHistory,
  sinceMs: number,
  untilMs: number,
  paint: Paint,
): string[] {
  if (points.length === 0) return [`${name}: nothing is remembered of this time`];
  const steps = [...new Set(points.map(({ stepMs }) => stepText(stepMs)))].join(", then ");
  return [
    `${paint("strong", name)}, a point ${steps}`,
    ...formatPlot(points, sinceMs, untilMs, paint),
    ...formatMoves(moves, paint),
  ];
}

/** The step that holds a moment, and the moves before it. */
export function formatMoment({ name, points, moves }: GuestHistory, atMs: number, paint: Paint): string[] {
  const point = points.findLast((step) => step.atMs <= atMs && atMs < step.atMs + step.stepMs);
  if (point === undefined) return [`${name}: nothing is remembered of ${formatTime(atMs)}`];
  const before = moves.filter((move) => move.atMs <= atMs);
  return [
    `${paint("strong", name)} at ${formatTime(point.atMs)}, ${stepText(point.stepMs)}: ${textOf(point)} (${point.reason})`,
    ...FIGURES.flatMap(([field, label]) => {
      const bytes = point[field];
      return bytes === undefined ? [] : [`  ${label.padEnd(8)}${formatSize(bytes).padStart(12)}`];
    }),
    ...notesOf(point).map((note) => `  ${note}`),
    ...formatMoves(before, paint),
  ];
}

const FIGURES = [
  ["actualBytes", "actual"],
  ["targetBytes", "target"],
  ["usedBytes", "used"],
  ["floorBytes", "floor"],
  ["wantBytes", "want"],
  ["maxBytes", "max"],
] as const;

function textOf({ reason }: GuestStep): string {
  return REASON_TEXTS[reason] ?? "The reason is one that this ballast does not know.";
}

function notesOf({ pressure, hasAgent, isObserved, oomKills }: GuestStep): string[] {
  return [
    ...(pressure === undefined ? [] : [`pressure: ${pressure}`]),
    hasAgent ? "its agent was there" : "no agent was there",
    ...(isObserved ? ["it was only observed"] : []),
    ...(oomKills > 0 ? [`its OOM killer killed ${oomKills} times`] : []),
  ];
}

function formatMoves(moves: GuestHistory["moves"], paint: Paint): string[] {
  if (moves.length === 0) return [];
  const shown = moves.slice(-MOVES_SHOWN).reverse();
  return [
    "",
    paint("faint", "last moves:"),
    ...shown.map(({ atMs, fromBytes, toBytes, reason }) => {
      const from = fromBytes === undefined ? "to" : `${formatSize(fromBytes)} ->`;
      return `  ${formatTime(atMs)}  ${from} ${formatSize(toBytes)}  ${reason}`;
    }),
  ];
}

/** How long a step is, in words. */
export function stepText(stepMs: number): string {
  if (stepMs < 60_000) return `each ${stepMs / 1000} s`;
  return stepMs < 3_600_000 ? "the mean of a minute" : "the mean of an hour";
}
