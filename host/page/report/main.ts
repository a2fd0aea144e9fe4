/** Draws the plots of a report that is one file: it reads what the file holds, and nothing else. */
import UPlot from "uplot";
import { formatTime } from "../../src/cli/format/sizes.ts";
import type { ReportPlot } from "../../src/cli/report/plots.ts";
import { plotOptions } from "../view/plot-options.ts";

const HEIGHT = 220;
const DARK = matchMedia("(prefers-color-scheme: dark)");

function plotsIn(page: Document): readonly ReportPlot[] {
  return JSON.parse(page.getElementById("plots")?.textContent ?? "[]");
}

/** `11-28 16:00`. */
function minuteOf(seconds: number): string {
  return formatTime(seconds * 1000).slice(5, 16);
}

/** The drawing does not follow the page's colours by itself: it is made anew. */
function draw(element: HTMLElement, plot: ReportPlot): void {
  const look = {
    height: HEIGHT,
    lines: plot.lines,
    timeTexts: (ticks: readonly number[]) => ticks.map(minuteOf),
  };
  const data = plot.columns as unknown as UPlot.AlignedData;
  let drawn = new UPlot(plotOptions(element, look), data, element);
  DARK.addEventListener("change", () => {
    drawn.destroy();
    drawn = new UPlot(plotOptions(element, look), data, element);
  });
  new ResizeObserver(() => drawn.setSize({ width: element.clientWidth, height: HEIGHT })).observe(element);
}

const plots = plotsIn(document);
for (const element of document.querySelectorAll<HTMLElement>("[data-plot]")) {
  const plot = plots[Number(element.dataset["plot"])];
  if (plot !== undefined) draw(element, plot);
}
