/** A guest's history as a plot of plain text: 80 columns wide. */
import { GIB } from "../../model/bytes.ts";
import type { GuestStep } from "../../model/history.ts";
import type { Paint } from "./paint.ts";
import { formatShortSize, formatTime } from "./sizes.ts";

const WIDTH = 68;
const HEIGHT = 16;
const LABEL = 9;
/** The last one that falls on a place is seen. */
const SERIES = [
  { field: "targetBytes", sign: "-" },
  { field: "actualBytes", sign: "#" },
] as const;
const USED_SIGN = ":";

/** Lines of the plot from `sinceMs` to `untilMs`. */
export function formatPlot(
  points: readonly GuestStep[],
  sinceMs: number,
  untilMs: number,
  paint: Paint,
): string[] {
  const columns = columnsOf(points, sinceMs, untilMs);
  const topBytes = Math.max(
    ...columns.flatMap((column) => column?.maxBytes ?? column?.actualBytes ?? 0),
    GIB / HEIGHT,
  );
  const lines = Array.from({ length: HEIGHT }, (_, line) => {
    const row = HEIGHT - line;
    const label = line % 4 === 0 ? formatShortSize((topBytes * row) / HEIGHT) : "";
    const signs = columns.map((column) => signAt(column, row, topBytes)).join("");
    return `${paint("faint", label.padStart(LABEL))} |${signs}`.trimEnd();
  });
  const from = formatTime(sinceMs);
  const to = formatTime(untilMs);
  const space = " ".repeat(LABEL + 2);
  return [
    ...lines,
    `${" ".repeat(LABEL)} +${"-".repeat(WIDTH)}`,
    `${space}${from}${to.padStart(WIDTH - from.length)}`,
    `${space}# actual   - target   : used`,
  ];
}

/** The last step that begins in each column, and what is drawn of a step that lasts longer. */
function columnsOf(
  points: readonly GuestStep[],
  sinceMs: number,
  untilMs: number,
): (GuestStep | undefined)[] {
  const columnMs = Math.max(1, (untilMs - sinceMs) / WIDTH);
  const columns: (GuestStep | undefined)[] = Array.from({ length: WIDTH }, () => undefined);
  for (const point of points) {
    const first = Math.floor((point.atMs - sinceMs) / columnMs);
    const last = Math.floor((point.atMs + point.stepMs - 1 - sinceMs) / columnMs);
    for (let at = Math.max(0, first); at <= Math.min(WIDTH - 1, last); at++) columns[at] = point;
  }
  return columns;
}

function signAt(column: GuestStep | undefined, row: number, topBytes: number): string {
  if (column === undefined) return " ";
  const rowOf = (bytes: number | undefined) =>
    bytes === undefined ? 0 : Math.max(1, Math.ceil((bytes / topBytes) * HEIGHT));
  const [sign] = SERIES.filter(({ field }) => rowOf(column[field]) === row)
    .map((series) => series.sign)
    .reverse();
  return sign ?? (row <= rowOf(column.usedBytes) ? USED_SIGN : " ");
}
