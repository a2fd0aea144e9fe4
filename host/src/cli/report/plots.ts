/** The plots of a report as columns of numbers, for the page's script. Pure; the page imports its types alone. */
import { MIB } from "../../model/bytes.ts";
import type { GuestHistory, HistoryReport } from "../../model/history.ts";

/** Lines of a plot, by the colour that each has in the page. */
export type LineColour = "used" | "actual" | "target";

export interface ReportPlot {
  readonly title: string;
  readonly lines: readonly { readonly label: string; readonly colour: LineColour }[];
  /** Seconds since 1970, then each line's sizes in whole MiB; null: not known. */
  readonly columns: readonly [readonly number[], ...(readonly (number | null)[])[]];
}

/** All guests together. */
export function lendingPlot({ timeline }: HistoryReport): ReportPlot {
  return {
    title: "All guests together",
    lines: [
      { label: "could be lent", colour: "used" },
      { label: "was lent", colour: "target" },
      { label: "available on the host", colour: "actual" },
    ],
    columns: [
      timeline.map(({ atMs }) => atMs / 1000),
      timeline.map(({ lendableBytes }) => mib(lendableBytes)),
      timeline.map(({ lentBytes }) => mib(lentBytes)),
      timeline.map(({ hostAvailableBytes }) => mib(hostAvailableBytes)),
    ],
  };
}

/** One guest: what it had, used, and must have. */
export function guestPlot({ name, points }: GuestHistory): ReportPlot {
  return {
    title: name,
    lines: [
      { label: "used", colour: "used" },
      { label: "actual", colour: "actual" },
      { label: "floor", colour: "target" },
    ],
    columns: [
      points.map(({ atMs }) => atMs / 1000),
      points.map(({ usedBytes }) => mib(usedBytes)),
      points.map(({ actualBytes }) => mib(actualBytes)),
      points.map(({ floorBytes }) => mib(floorBytes)),
    ],
  };
}

function mib(bytes: number | undefined): number | null {
  return bytes === undefined ? null : Math.round(bytes / MIB);
}
