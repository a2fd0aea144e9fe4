/** The matrix as text: narrow for a terminal, in full for the README; pure. */
import { GIB } from "../../../host/src/model/bytes.ts";
import type { Row, Standing } from "../../../host/src/simulate/compare.ts";
import { markdownTable } from "../figures.ts";
import { countOf, type Exception, exceptions, goalsOf } from "./goals.ts";
import type { MatrixLine } from "./matrix.ts";

const STANDINGS: readonly Standing[] = ["better", "equal", "worse"];

/** Killed, lost and share of the clairvoyant's lending in each cell. */
export function terminalTable(lines: readonly MatrixLine[]): string {
  const cell = ({ kills, lostShare, ofClairvoyantShare }: Row) =>
    `${kills} / ${percent(lostShare, 1)} / ${percent(ofClairvoyantShare)}`;
  const { head, body } = grid(lines, "killed / lost % / lent % of clairvoyant", cell);
  return markdownTable(head, body);
}

/** As the README shows it: Ballast's column stands out, and lent memory is in GiB too. */
export function readmeTable(lines: readonly MatrixLine[]): string {
  const cell = (row: Row) => {
    const { kills, lostShare, lentBytes, ofClairvoyantShare } = row;
    const lent = `${(lentBytes / GIB).toFixed(1)} GiB, ${percent(ofClairvoyantShare)} %`;
    const text = `${kills} · ${percent(lostShare, 1)} % · ${lent}`;
    return row.controller === "ballast" ? `**${text}**` : text;
  };
  const { head, body } = grid(lines, "killed · lost · lent, of clairvoyant's", cell);
  // Unpadded: so wide a table is not read in its source.
  return [head, head.map(() => "---"), ...body].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function grid(lines: readonly MatrixLine[], corner: string, cell: (row: Row) => string) {
  const controllers = lines[0]?.rows.map(({ controller }) => controller) ?? [];
  const head = [corner, ...controllers, "Ballast is"];
  const body = lines.map(({ scenario, rows }) => [scenario, ...rows.map(cell), standingsOf(rows)]);
  return { head, body };
}

/** `better than 5, equal to qmemman`. */
export function standingsOf(rows: readonly Row[]): string {
  const named = (standing: Standing) =>
    rows.filter(({ ballastIs }) => ballastIs === standing).map(({ controller }) => controller);
  const [better, equal, worse] = [named("better"), named("equal"), named("worse")];
  const rivals = better.length + equal.length + worse.length;
  return [
    ...(better.length === 0
      ? []
      : [better.length === rivals ? "better than all" : `better than ${better.length}`]),
    ...(equal.length === 0 ? [] : [`equal to ${equal.join(", ")}`]),
    ...(worse.length === 0 ? [] : [`worse than ${worse.join(", ")}`]),
  ].join("; ");
}

/** The goals, one a row. */
export function goalsTable(lines: readonly MatrixLine[]): string {
  const rows = goalsOf(lines).map(({ goal, reached, met }) => [goal, reached, met ? "yes" : "no"]);
  return markdownTable(["goal", "reached", "met"], rows);
}

/** How often Ballast is better, and every case in which it is not. */
export function comparisonText(lines: readonly MatrixLine[]): string {
  const [better, equal, worse] = STANDINGS.map((standing) => countOf(lines, standing));
  const counts = `Ballast against each of the others in each scenario: better ${better}, equal ${equal}, worse ${worse}.`;
  const listed = (word: string, found: readonly Exception[]) =>
    found.map(({ scenario, controllers }) => `  ${word} ${controllers.join(", ")} in ${scenario}`);
  return [
    counts,
    ...listed("equal to", exceptions(lines, "equal")),
    ...listed("worse than", exceptions(lines, "worse")),
  ].join("\n");
}

function percent(share: number | undefined, digits = 0): string {
  return share === undefined ? "-" : (share * 100).toFixed(digits);
}
