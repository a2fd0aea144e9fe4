/** `ballast top --at`: the host and all guests at a moment of the past. */
import type { GuestPoint, HistoryStep } from "../../model/history.ts";
import type { Paint } from "./paint.ts";
import { stepText } from "./past-moment.ts";
import { formatShortSize, formatSize, formatTime } from "./sizes.ts";
import { type Cell, type Column, formatTable } from "./table.ts";

const left = (title: string): Column => ({ title, align: "left" });
const right = (title: string): Column => ({ title, align: "right" });
const COLUMNS: readonly Column[] = [
  left("NAME"),
  ...["ACTUAL", "TARGET", "USED", "FLOOR", "MAX", "KILLS"].map(right),
  ...["PRESSURE", "AGENT", "REASON"].map(left),
];

/** By name; `ACTUAL` and the other sizes are means where the step is longer than ten seconds. */
export function formatStep({ atMs, stepMs, host, guests }: HistoryStep, paint: Paint): string[] {
  const { regime, budgetBytes, chargedBytes, freeBytes, availableBytes, totalBytes } = host;
  const sizes = [
    part("budget", budgetBytes),
    part("charged", chargedBytes),
    part("free", freeBytes),
    part("available", availableBytes),
    part("total", totalBytes),
  ].flat();
  const rows = guests.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(toRow);
  return [
    `${paint("strong", formatTime(atMs))}, ${stepText(stepMs)}`,
    `host ${regime ?? "of unknown regime"}: ${sizes.join(", ")}`,
    "",
    ...(rows.length === 0 ? ["no guests"] : formatTable(COLUMNS, rows, paint)),
  ];
}

/** One size, or nothing for what is not known. */
function part(name: string, bytes: number | undefined): string[] {
  return bytes === undefined ? [] : [`${name} ${formatSize(bytes)}`];
}

function toRow(guest: GuestPoint): Cell[] {
  const sizes = [guest.actualBytes, guest.targetBytes, guest.usedBytes, guest.floorBytes, guest.maxBytes];
  return [
    { text: guest.name },
    ...sizes.map((bytes): Cell => ({ text: formatShortSize(bytes) })),
    { text: String(guest.oomKills), style: guest.oomKills > 0 ? "bad" : undefined },
    { text: guest.pressure ?? "-" },
    { text: guest.hasAgent ? "yes" : "no" },
    { text: guest.isObserved ? `${guest.reason}, only observed` : guest.reason },
  ];
}
