/** Draws the plots of a report that is one file: it reads what the file holds, and nothing else. */
import UPlot from "uplot";
import type { ReportPlot } from "../../src/cli/report/plots.ts";

const HEIGHT = 220;
const DARK = matchMedia("(prefers-color-scheme: dark)");

function plotsIn(page: Document): readonly ReportPlot[] {
  return JSON.parse(page.getElementById("plots")?.textContent ?? "[]");
}

function optionsFor(element: HTMLElement, { lines }: ReportPlot): UPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const axis: UPlot.Axis = {
    stroke: colour("muted"),
    grid: { stroke: colour("line"), width: 1 },
    ticks: { stroke: colour("line"), width: 1 },
  };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_plot, _least, most) => [0, Math.max(1, most) * 1.1] } },
    axes: [axis, { ...axis, size: 80, values: (_plot, ticks) => ticks.map((mib) => `${mib} MiB`) }],
    series: [
      {},
      ...lines.map(({ label, colour: name }) => ({
        label,
        stroke: colour(`line-${name}`),
        width: 2,
        points: { show: false },
        ...(name === "target" && { dash: [4, 4] }),
      })),
    ],
  };
}

/** The drawing does not follow the page's colours by itself: it is made anew. */
function draw(element: HTMLElement, plot: ReportPlot): void {
  const data = plot.columns as unknown as UPlot.AlignedData;
  let drawn = new UPlot(optionsFor(element, plot), data, element);
  DARK.addEventListener("change", () => {
    drawn.destroy();
    drawn = new UPlot(optionsFor(element, plot), data, element);
  });
  new ResizeObserver(() => drawn.setSize({ width: element.clientWidth, height: HEIGHT })).observe(element);
}

const plots = plotsIn(document);
for (const element of document.querySelectorAll<HTMLElement>("[data-plot]")) {
  const plot = plots[Number(element.dataset["plot"])];
  if (plot !== undefined) draw(element, plot);
}
