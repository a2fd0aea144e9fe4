/** How sizes over time are drawn: in the page's colours, from 0 on. */
import type UPlot from "uplot";

export interface PlotLine {
  readonly label: string;
  /** As in the style sheet: `--line-COLOUR`. */
  readonly colour: string;
}

export interface PlotLook {
  readonly height: number;
  readonly lines: readonly PlotLine[];
  /** Moments at the lower axis, from seconds since 1970. */
  readonly timeTexts: (ticks: readonly number[]) => string[];
}

/** A colour of the style sheet, by its name. */
export function colourOf(element: HTMLElement, name: string): string {
  return getComputedStyle(element).getPropertyValue(`--${name}`).trim();
}

/** Colours are read once: where they change the plot is drawn anew. The first column of its data is the time, the others are MiB. */
export function plotOptions(element: HTMLElement, { height, lines, timeTexts }: PlotLook): UPlot.Options {
  const colour = (name: string) => colourOf(element, name);
  const axis: UPlot.Axis = {
    stroke: colour("muted"),
    grid: { stroke: colour("line"), width: 1 },
    ticks: { stroke: colour("line"), width: 1 },
  };
  return {
    ...{ width: element.clientWidth, height },
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_plot, _least, most) => [0, Math.max(1, most) * 1.1] } },
    axes: [
      { ...axis, values: (_plot, ticks) => timeTexts(ticks) },
      { ...axis, size: 80, values: (_plot, ticks) => ticks.map((mib) => `${mib} MiB`) },
    ],
    series: [
      {},
      ...lines.map(({ label, colour: name }) => ({
        ...{ label, stroke: colour(`line-${name}`), width: 2 },
        points: { show: false },
        ...(name === "target" && { dash: [4, 4] }),
      })),
    ],
  };
}
