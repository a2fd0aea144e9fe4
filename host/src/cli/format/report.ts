/** `ballast report` on a terminal. */
import type { HistoryReport } from "../../model/history.ts";
import type { Status } from "../../model/status.ts";
import {
  type Fact,
  GUEST_COLUMNS,
  GUEST_LEGEND,
  NOTHING_REMEMBERED,
  type ReportContent,
  reportContent,
} from "../report/content.ts";
import type { Paint } from "./paint.ts";
import { formatTable } from "./table.ts";

const BAR = 40;

export function formatReport(report: HistoryReport, status: Status, paint: Paint): string[] {
  const content = reportContent(report, status);
  if (content === undefined) return [NOTHING_REMEMBERED];
  const { period, lending, kills, proxmox, rows, observed, needs } = content;
  const cells = rows.map((row) => row.map((text) => ({ text })));
  return [
    `${paint("strong", "report")} ${period}`,
    "",
    ...[...lending, kills, proxmox].flatMap(factLines),
    "",
    paint("faint", "could be lent, by hour of the day:"),
    ...content.hours.map(bar),
    "",
    ...formatTable(GUEST_COLUMNS, cells, paint),
    ...GUEST_LEGEND.map((line) => paint("faint", line)),
    "",
    observed,
    ...(needs.length === 0
      ? []
      : [paint("warn", "what act would need now:"), ...needs.map((line) => `  ${line}`)]),
  ];
}

function factLines({ text, details }: Fact): string[] {
  return [text, ...details.map((line) => `  ${line}`)];
}

function bar({ hour, size, share }: ReportContent["hours"][number]): string {
  return `  ${hour} ${size.padStart(9)} ${"#".repeat(Math.round(share * BAR))}`;
}
