/** `ballast report`: printed, or written as a page in one file. */
import { writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { CommandFailedError } from "../../exit.ts";
import type { GuestHistory, HistoryReport } from "../../model/history.ts";
import type { ControlClient } from "../client/control-client.ts";
import { formatReport } from "../format/report.ts";
import { loadReportAssets } from "../report/assets.ts";
import { NOTHING_REMEMBERED, reportContent } from "../report/content.ts";
import { reportHtml } from "../report/html.ts";
import { guestPlot, lendingPlot } from "../report/plots.ts";
import { printJson, type Terminal } from "../terminal.ts";

/** A plot has some 40 kB of figures. */
const MOST_PLOTTED = 50;

export interface ReportOptions {
  readonly json?: boolean;
  /** How far back, milliseconds. */
  readonly since: number;
  /** Where the page is written to. */
  readonly html?: string;
}

export async function showReport(
  client: ControlClient,
  { json, since, html }: ReportOptions,
  terminal: Terminal,
): Promise<void> {
  const untilMs = Date.now();
  const report = await client.report(untilMs - since, untilMs);
  if (html !== undefined) await writePage(client, report, html);
  if (json) return printJson(terminal, report);
  if (html !== undefined) return terminal.out(`${html}: written; open it in a browser`);
  for (const line of formatReport(report, await client.status(), terminal.paint)) terminal.out(line);
}

async function writePage(client: ControlClient, report: HistoryReport, path: string): Promise<void> {
  const content = reportContent(report, await client.status());
  if (content === undefined) throw new CommandFailedError(NOTHING_REMEMBERED);
  const histories = await historiesFor(client, report);
  const page = reportHtml(
    {
      content,
      plots: [lendingPlot(report), ...histories.map(guestPlot)],
      unplotted: Math.max(0, report.guests.length - MOST_PLOTTED),
      hostName: hostname(),
    },
    loadReportAssets(),
  );
  await writeFile(path, page).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CommandFailedError(`${path} cannot be written (${why}): name another file`, { cause });
  });
}

/** Guests that lacked memory first, then those that could lend most, without those of which nothing is known. One request at a time. */
async function historiesFor(
  client: ControlClient,
  { guests, firstMs = 0, untilMs }: HistoryReport,
): Promise<GuestHistory[]> {
  const chosen = guests
    .toSorted(
      (a, b) => b.belowFloorMs - a.belowFloorMs || (b.meanLendableBytes ?? 0) - (a.meanLendableBytes ?? 0),
    )
    .slice(0, MOST_PLOTTED);
  const histories: GuestHistory[] = [];
  for (const { name } of chosen) histories.push(await client.history(name, firstMs, untilMs));
  return histories.filter(({ points }) => points.some(({ actualBytes }) => actualBytes !== undefined));
}
