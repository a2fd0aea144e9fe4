/** `ballast top`: one screen of the host and its guests, as wide and high as the terminal. Pure. */
import { MIB } from "../../model/bytes.ts";
import { PRESSURE_LEVELS } from "../../model/guest.ts";
import type { GuestStatus, Status } from "../../model/status.ts";
import { type Paint, plain, type Style } from "./paint.ts";
import { formatShortSize } from "./sizes.ts";
import { formatHost } from "./status.ts";
import { type Cell, type Column, formatTable } from "./table.ts";
import { wrap } from "./wrap.ts";

/** What the rows are sorted by, with the key that chooses it. */
export const TOP_ORDERS = {
  n: "name",
  a: "actual",
  u: "used",
  l: "lent",
  p: "pressure",
} as const;
export type TopOrder = (typeof TOP_ORDERS)[keyof typeof TOP_ORDERS];

/** So many samples are drawn as a line. */
export const TREND_LENGTH = 12;
const LONGEST_NAME = 16;
const BARS = "▁▂▃▄▅▆▇█";
const PRESSURE_STYLES: Readonly<Record<string, Style>> = { low: "warn", moderate: "warn", critical: "bad" };
const HELP = `q quit, sort by ${Object.entries(TOP_ORDERS)
  .map(([key, order]) => `${key} ${order}`)
  .join(", ")}`;

const left = (title: string): Column => ({ title, align: "left" });
const right = (title: string): Column => ({ title, align: "right" });
const COLUMNS: readonly Column[] = [
  left("NAME"),
  ...["ACTUAL", "TARGET", "USED", "MAX"].map(right),
  ...["PRESSURE", "ACTUAL OVER TIME", "REASON"].map(left),
];

export interface TopView {
  readonly columns: number;
  readonly rows: number;
  readonly order: TopOrder;
  readonly paint: Paint;
  /** Actual sizes of each guest, oldest first. */
  readonly trends: ReadonlyMap<string, readonly number[]>;
  /** Why nothing newer is shown. */
  readonly problem?: string;
}

/** Lines of one screen; none is longer or more than the terminal has. */
export function topScreen(status: Status | undefined, view: TopView): string[] {
  const { columns, rows, problem } = view;
  const head = status === undefined ? [] : formatHost(status, plain).map((line) => clip(line, columns));
  const trouble = wrap(problem ?? "", columns).filter(Boolean);
  const top = [
    ...head,
    ...trouble.map((line) => view.paint("bad", clip(line, columns))),
    view.paint("faint", clip(HELP, columns)),
    "",
  ];
  const guests = status === undefined ? [] : sorted(status.guests, view.order);
  const room = Math.max(0, rows - top.length - 1);
  const shown = guests.slice(0, guests.length > room ? Math.max(0, room - 1) : room);
  const table = guests.length === 0 ? [] : tableOf(shown, view);
  const more = guests.length - shown.length;
  return [...top, ...table, ...(more > 0 ? [`and ${more} more guests`] : [])].slice(0, rows);
}

/** The widest columns that fit: the reason is cut first. */
function tableOf(guests: readonly GuestStatus[], { columns, paint, trends }: TopView): string[] {
  const rows = guests.map((guest) => toRow(guest, trends.get(guest.name) ?? []));
  const plainWidth = Math.max(...formatTable(COLUMNS, rows, plain).map((line) => line.length));
  const over = plainWidth - columns;
  if (over <= 0) return formatTable(COLUMNS, rows, paint);
  const longest = Math.max(...rows.map((row) => row.at(-1)?.text.length ?? 0), "REASON".length);
  const kept = Math.max(0, longest - over);
  const cut = rows.map((row) => row.toSpliced(-1, 1, { text: clip(row.at(-1)?.text ?? "", kept) }));
  const titles = COLUMNS.toSpliced(-1, 1, left("REASON".slice(0, kept)));
  const lines = formatTable(titles, cut, plain);
  // Still too wide for the other columns: painted text cannot be cut without losing its end.
  return lines.some((line) => line.length > columns)
    ? lines.map((line) => clip(line, columns))
    : formatTable(titles, cut, paint);
}

function toRow({ name, pressure, reason, ...guest }: GuestStatus, trend: readonly number[]): Cell[] {
  const sizes = [guest.actualBytes, guest.targetBytes, guest.usedBytes, guest.maxBytes];
  return [
    { text: clip(name, LONGEST_NAME) },
    ...sizes.map((bytes): Cell => ({ text: formatShortSize(bytes) })),
    { text: pressure ?? "-", style: PRESSURE_STYLES[pressure ?? ""] },
    { text: sparkline(trend).padEnd(TREND_LENGTH) },
    { text: reason },
  ];
}

/** The newest samples as a line of bars, from their least to their most. A line that stands still is low. */
export function sparkline(samples: readonly number[]): string {
  const newest = samples.slice(-TREND_LENGTH);
  const least = Math.min(...newest);
  const span = Math.max(MIB, Math.max(...newest) - least);
  return newest.map((bytes) => BARS[Math.round(((bytes - least) / span) * (BARS.length - 1))]).join("");
}

function sorted(guests: readonly GuestStatus[], order: TopOrder): GuestStatus[] {
  const byName = guests.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return order === "name" ? byName : byName.sort((a, b) => weight(b, order) - weight(a, order));
}

function weight(
  { actualBytes = -1, usedBytes = -1, maxBytes, pressure }: GuestStatus,
  order: TopOrder,
): number {
  if (order === "actual") return actualBytes;
  if (order === "used") return usedBytes;
  if (order === "pressure") return pressure === undefined ? -1 : PRESSURE_LEVELS.indexOf(pressure);
  return maxBytes === undefined || actualBytes < 0 ? -1 : maxBytes - actualBytes;
}

function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, Math.max(0, length - 1))}…`.slice(0, length);
}
