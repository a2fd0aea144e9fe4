/** A guest's sizes over time, drawn by uPlot in the page's colours. */
import { useEffect, useRef, useState } from "preact/hooks";
import UPlot from "uplot";
import { formatTime } from "../../src/cli/format/sizes.ts";
import { columnsOf, type Point } from "../model/history.ts";
import { tickText } from "../model/ranges.ts";
import { colourOf, plotOptions } from "./plot-options.ts";

const HEIGHT = 180;
const DARK = matchMedia("(prefers-color-scheme: dark)");
const SERIES = ["used", "actual", "target"] as const;

export interface PlotProps {
  readonly points: readonly Point[];
  /** A moment that is marked; absent: none is. */
  readonly atMs?: number | undefined;
  /** What it shows, for those who do not see it. */
  readonly label: string;
}

export function Plot({ points, atMs, label }: PlotProps) {
  return (
    <>
      <Drawing key={String(useIsDark())} points={points} atMs={atMs} label={label} />
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

function Drawing({ points, atMs, label }: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | undefined>(undefined);
  const marked = useRef<number | undefined>(undefined);
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const made = new UPlot(
      optionsFor(element, () => marked.current),
      columnsOf([]),
      element,
    );
    plot.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.destroy();
    };
  }, []);
  useEffect(() => plot.current?.setData(columnsOf(points)), [points]);
  useEffect(() => {
    marked.current = atMs;
    plot.current?.redraw();
  }, [atMs]);
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

/** The times at the foot, in the page's own time zone. */
function times(ticks: readonly number[]): string[] {
  const spanMs = ((ticks.at(-1) ?? 0) - (ticks[0] ?? 0)) * 1000;
  return ticks.map((seconds) => tickText(formatTime(seconds * 1000), spanMs));
}

/** A line from top to bottom at a moment. */
function drawMark({ ctx, bbox, valToPos }: UPlot, atMs: number | undefined, colour: string): void {
  if (atMs === undefined) return;
  const x = valToPos(atMs / 1000, "x", true);
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = 2;
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}

function optionsFor(element: HTMLElement, marked: () => number | undefined): UPlot.Options {
  const lines = SERIES.map((name) => ({ label: name, colour: name }));
  return {
    ...plotOptions(element, { height: HEIGHT, lines, timeTexts: times }),
    hooks: { draw: [(plot) => drawMark(plot, marked(), colourOf(element, "text"))] },
  };
}
