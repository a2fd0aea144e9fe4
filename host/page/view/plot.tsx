/** A guest's sizes over time, drawn by uPlot in the page's colours. */
import { useEffect, useRef, useState } from "preact/hooks";
import UPlot from "uplot";
import { formatTime } from "../../src/cli/format/sizes.ts";
import { columnsOf, type Point } from "../model/history.ts";

const HEIGHT = 180;
const DARK = matchMedia("(prefers-color-scheme: dark)");
const SERIES = ["used", "actual", "target"] as const;

export interface PlotProps {
  readonly points: readonly Point[];
  /** What it shows, for those who do not see it. */
  readonly label: string;
}

export function Plot({ points, label }: PlotProps) {
  return (
    <>
      <Drawing key={String(useIsDark())} points={points} label={label} />
      <ul class="legend">
        {SERIES.map((name) => (
          <li key={name}>
            <svg class="swatch" viewBox="0 0 10 10" aria-hidden="true">
              <rect class={`line-${name}`} width="10" height="10" />
            </svg>
            {name}
          </li>
        ))}
      </ul>
    </>
  );
}

function Drawing({ points, label }: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | undefined>(undefined);
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const made = new UPlot(optionsFor(element), columnsOf([]), element);
    plot.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.destroy();
    };
  }, []);
  useEffect(() => plot.current?.setData(columnsOf(points)), [points]);
  return <div ref={place} class="plot" role="img" aria-label={label} />;
}

/** The drawing does not follow the page's colours by itself: it is made anew. */
function useIsDark(): boolean {
  const [isDark, setIsDark] = useState(DARK.matches);
  useEffect(() => {
    const follow = () => setIsDark(DARK.matches);
    DARK.addEventListener("change", follow);
    return () => DARK.removeEventListener("change", follow);
  }, []);
  return isDark;
}

/** `12:29:05`, the end of the time as events show it. */
function timeOfDay(seconds: number): string {
  return formatTime(seconds * 1000).slice(-8);
}

function optionsFor(element: HTMLElement): UPlot.Options {
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
    axes: [
      { ...axis, values: (_plot, ticks) => ticks.map(timeOfDay) },
      { ...axis, size: 70, values: (_plot, ticks) => ticks.map((mib) => `${mib} MiB`) },
    ],
    series: [
      {},
      ...SERIES.map((name) => ({
        label: name,
        stroke: colour(`line-${name}`),
        width: 2,
        points: { show: false },
        ...(name === "target" && { dash: [4, 4] }),
      })),
    ],
  };
}
