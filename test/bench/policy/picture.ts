/** The matrix as a picture: a row a scenario, a column a controller, colours for how it went; pure. */
import { GIB } from "../../../host/src/model/bytes.ts";
import type { Row } from "../../../host/src/simulate/compare.ts";
import type { MatrixLine } from "./matrix.ts";

const NAMES = 232;
const CELL = { width: 134, height: 38, gap: 3 };
const TOP = 92;
const MARGIN = 12;
const TEXT = "#222";
const FAINT = "#555";

/** Cells are graded by what a guest's owner would mind most. */
interface Grade {
  readonly fill: string;
  readonly says: string;
  /** `kills` are of one run. */
  readonly holds: (kills: number, lostShare: number, lentShare: number) => boolean;
}

/** Best first; the first that holds for a cell is its own. */
const GRADES: readonly Grade[] = [
  {
    fill: "#8fd19e",
    says: "no kill, lost at most 2 %, lent at least 90 %",
    holds: (kills, lost, lent) => kills === 0 && lost <= 0.02 && lent >= 0.9,
  },
  { fill: "#d9ecb4", says: "lost at most 5 %", holds: (kills, lost) => kills === 0 && lost <= 0.05 },
  { fill: "#fbe6a2", says: "lost more", holds: (kills) => kills === 0 },
  { fill: "#f7b98b", says: "up to 10 killed in a run", holds: (kills) => kills <= 10 },
  { fill: "#ec8a82", says: "more killed", holds: () => true },
];

/** An SVG document; kills are sums over `runs` runs, all else their average. */
export function picture(lines: readonly MatrixLine[], runs: number): string {
  const controllers = lines[0]?.rows.map(({ controller }) => controller) ?? [];
  const width = 2 * MARGIN + NAMES + controllers.length * (CELL.width + CELL.gap);
  const height = TOP + lines.length * (CELL.height + CELL.gap) + MARGIN;
  const title = `Kills, work lost and memory lent: ${lines.length} simulated scenarios, ${controllers.length} controllers`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11" fill="${TEXT}">`,
    `<title>${title}</title>`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    text(MARGIN, 24, title, 'font-size="15" font-weight="bold"'),
    text(MARGIN, 42, caption(runs), `fill="${FAINT}"`),
    ...legend(),
    ...controllers.map((name, i) =>
      text(columnMiddle(i), TOP - 8, name, `text-anchor="middle" font-size="12"${weightOf(name)}`),
    ),
    ...lines.map((line, i) => drawLine(line, TOP + i * (CELL.height + CELL.gap), runs)),
    "</svg>",
    "",
  ].join("\n");
}

function caption(runs: number): string {
  const of = runs === 1 ? "one run" : `${runs} runs with different seeds`;
  return `Each cell: killed in ${of}; share of the work lost; memory lent on average, and as a share of what the clairvoyant lent.`;
}

function legend(): string[] {
  let x = MARGIN;
  return GRADES.map(({ fill, says }) => {
    const entry = `<rect x="${x}" y="52" width="12" height="12" fill="${fill}"/>${text(x + 17, 62, says)}`;
    x += 17 + says.length * 5.6 + 22;
    return entry;
  });
}

function drawLine({ title, scenario, rows }: MatrixLine, y: number, runs: number): string {
  return [
    text(MARGIN, y + 16, title, 'font-size="12" font-weight="bold"'),
    text(MARGIN, y + 30, scenario, `fill="${FAINT}"`),
    ...rows.map((row, i) => drawCell(row, i, y, runs)),
  ].join("\n");
}

function drawCell(row: Row, column: number, y: number, runs: number): string {
  const { kills, lostShare, lentBytes, ofClairvoyantShare, controller } = row;
  const grade = GRADES.find(({ holds }) => holds(kills / runs, lostShare, ofClairvoyantShare ?? 1));
  const frame = controller === "ballast" ? ` stroke="${TEXT}" stroke-width="1.5"` : "";
  const lent = `${(lentBytes / GIB).toFixed(1)} GiB`;
  const share = ofClairvoyantShare === undefined ? "" : `, ${Math.round(ofClairvoyantShare * 100)} %`;
  const middle = columnMiddle(column);
  return [
    `<rect x="${middle - CELL.width / 2}" y="${y}" width="${CELL.width}" height="${CELL.height}" fill="${grade?.fill}"${frame}/>`,
    text(middle, y + 16, `${kills} killed, ${(lostShare * 100).toFixed(1)} % lost`, 'text-anchor="middle"'),
    text(middle, y + 30, `lent ${lent}${share}`, `text-anchor="middle" fill="${FAINT}"`),
  ].join("");
}

function columnMiddle(column: number): number {
  return MARGIN + NAMES + column * (CELL.width + CELL.gap) + CELL.width / 2;
}

function weightOf(name: string): string {
  return name === "ballast" ? ' font-weight="bold"' : "";
}

function text(x: number, y: number, words: string, attributes = ""): string {
  const safe = words.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x}" y="${y}"${attributes === "" ? "" : ` ${attributes}`}>${safe}</text>`;
}
