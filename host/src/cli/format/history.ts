/** `ballast history GUEST` and `ballast explain GUEST --at`: what was, in words and numbers. */
import type { GuestHistory } from "../../model/history.ts";
import type { Paint } from "./paint.ts";
import { lastMoves, momentOf, stepText } from "./past-moment.ts";
import { formatPlot } from "./plot.ts";
import { formatSize, formatTime } from "./sizes.ts";

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
    ...formatMoves(lastMoves(moves), paint),
  ];
}

/** The step that holds a moment, and the moves before it. */
export function formatMoment(history: GuestHistory, atMs: number, paint: Paint): string[] {
  const { name } = history;
  const moment = momentOf(history, atMs);
  if (moment === undefined) return [`${name}: nothing is remembered of ${formatTime(atMs)}`];
  const { step, words, figures, notes, moves } = moment;
  return [
    `${paint("strong", name)} at ${formatTime(step.atMs)}, ${stepText(step.stepMs)}: ${words} (${step.reason})`,
    ...figures.map((figure) => `  ${figure.name.padEnd(8)}${formatSize(figure.bytes).padStart(12)}`),
    ...notes.map((note) => `  ${note}`),
    ...formatMoves(moves, paint),
  ];
}

/** Newest first. */
function formatMoves(moves: GuestHistory["moves"], paint: Paint): string[] {
  if (moves.length === 0) return [];
  return [
    "",
    paint("faint", "last moves:"),
    ...moves.map(({ atMs, fromBytes, toBytes, reason }) => {
      const from = fromBytes === undefined ? "to" : `${formatSize(fromBytes)} ->`;
      return `  ${formatTime(atMs)}  ${from} ${formatSize(toBytes)}  ${reason}`;
    }),
  ];
}
