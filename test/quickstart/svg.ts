/** Owns the story as a picture: what each guest had and used over time, and what the host held; pure. */
import { MIB } from "../../host/src/model/bytes.ts";
import { guestIn, heldTogether, type Observation } from "./observation.ts";

const WIDTH = 860;
const LEFT = 70;
const RIGHT = 16;
const PANEL = 110;
const GAP = 34;
const TOP = 46;
const COLOURS = {
  has: "#2f6fd0",
  used: "#9cc3f5",
  held: "#b5651d",
  budget: "#c62828",
  text: "#333",
  grid: "#ddd",
};

type Series = (at: Observation) => number | undefined;

interface Panel {
  readonly title: string;
  readonly mostBytes: number;
  /** Filled down to zero. */
  readonly area: Series;
  readonly line: Series;
  readonly lineColour: string;
}

/** An SVG document of the whole record; an empty record gives empty axes. */
export function picture(record: readonly Observation[], names: readonly string[]): string {
  const panels = [...names.map((name) => guestPanel(record, name)), hostPanel(record)];
  const height = TOP + panels.length * (PANEL + GAP);
  const endMs = record.at(-1)?.atMs ?? 1;
  const drawn = panels.map((panel, i) => drawPanel(panel, record, endMs, TOP + i * (PANEL + GAP)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12" fill="${COLOURS.text}">`,
    "<title>What three guests had and used, and what the host held for them, over time</title>",
    `<rect width="${WIDTH}" height="${height}" fill="white"/>`,
    legend(),
    ...drawn,
    "</svg>",
    "",
  ].join("\n");
}

function guestPanel(record: readonly Observation[], name: string): Panel {
  const [first] = record;
  return {
    title: name,
    mostBytes: (first && guestIn(first, name)?.maxBytes) ?? 512 * MIB,
    area: (at) => guestIn(at, name)?.usedBytes,
    line: (at) => guestIn(at, name)?.actualBytes,
    lineColour: COLOURS.has,
  };
}

function hostPanel(record: readonly Observation[]): Panel {
  const budget = record[0]?.status.host.budgetBytes ?? 1;
  return {
    title: "host: held for all, and the budget",
    mostBytes: budget * 1.1,
    area: heldTogether,
    line: (at) => at.status.host.budgetBytes,
    lineColour: COLOURS.budget,
  };
}

function drawPanel(panel: Panel, record: readonly Observation[], endMs: number, top: number): string {
  const x = (at: Observation) => LEFT + ((WIDTH - LEFT - RIGHT) * at.atMs) / endMs;
  const y = (bytes: number) => top + PANEL - (PANEL * Math.min(bytes, panel.mostBytes)) / panel.mostBytes;
  const points = (series: Series) =>
    record.flatMap((at) => {
      const bytes = series(at);
      return bytes === undefined ? [] : [`${x(at).toFixed(1)},${y(bytes).toFixed(1)}`];
    });
  const area = points(panel.area);
  const floor = `${WIDTH - RIGHT},${top + PANEL} ${LEFT},${top + PANEL}`;
  const areaColour = panel.lineColour === COLOURS.budget ? COLOURS.held : COLOURS.used;
  return [
    `<text x="${LEFT}" y="${top - 8}" font-weight="bold">${panel.title}</text>`,
    ...[0, 0.5, 1].map((share) =>
      gridLine(y(panel.mostBytes * share), Math.round((panel.mostBytes * share) / MIB)),
    ),
    `<polygon points="${area.join(" ")} ${floor}" fill="${areaColour}" opacity="0.75"/>`,
    `<polyline points="${points(panel.line).join(" ")}" fill="none" stroke="${panel.lineColour}" stroke-width="2"/>`,
    `<text x="${WIDTH - RIGHT}" y="${top + PANEL + 14}" text-anchor="end">${Math.round(endMs / 1000)} s</text>`,
  ].join("\n");
}

function gridLine(y: number, mib: number): string {
  const label = `<text x="${LEFT - 6}" y="${y + 4}" text-anchor="end">${mib}</text>`;
  return `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y}" y2="${y}" stroke="${COLOURS.grid}"/>${label}`;
}

function legend(): string {
  const entry = (x: number, colour: string, text: string) =>
    `<rect x="${x}" y="10" width="14" height="10" fill="${colour}"/><text x="${x + 20}" y="19">${text}</text>`;
  return [
    entry(LEFT, COLOURS.has, "guest has (MiB)"),
    entry(LEFT + 150, COLOURS.used, "guest uses"),
    entry(LEFT + 270, COLOURS.held, "host holds for guests"),
    entry(LEFT + 450, COLOURS.budget, "budget"),
  ].join("");
}
