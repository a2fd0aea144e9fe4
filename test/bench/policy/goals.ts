/** Holds the matrix against what Ballast set out to reach; pure. */
import type { Standing } from "../../../host/src/simulate/compare.ts";
import { quantile } from "../figures.ts";
import { type MatrixLine, rowOf } from "./matrix.ts";

/** From the project's own goals. */
const LENT_MEDIAN = 0.9;
const LENT_WORST = 0.75;
const LOST_WORST = 0.02;

/** One goal and how far it was reached. */
export interface Goal {
  readonly goal: string;
  readonly reached: string;
  readonly met: boolean;
}

/** Where Ballast is not better than another controller. */
export interface Exception {
  readonly scenario: string;
  readonly controllers: readonly string[];
}

/** A share and where it was. */
interface Extreme {
  readonly scenario: string;
  readonly share: number;
}

/** Every goal; scenarios in which needs exceed the host set none but that of being better. */
export function goalsOf(lines: readonly MatrixLine[]): Goal[] {
  const fair = lines.filter(({ short }) => !short);
  const killed = fair.filter((line) => kills(line, "clairvoyant") === 0 && kills(line, "ballast") > 0);
  const lent = extremes(fair, (line) => rowOf(line, "ballast")?.ofClairvoyantShare);
  const lost = extremes(fair, (line) => rowOf(line, "ballast")?.lostShare);
  const [worstLent] = lent;
  const worstLost = lost.at(-1);
  const medianLent = quantile(
    lent.map(({ share }) => share),
    0.5,
  );
  return [
    {
      goal: "0 kills wherever the clairvoyant has 0",
      reached:
        killed.length === 0
          ? "0"
          : killed.map((line) => `${line.scenario} ${kills(line, "ballast")}`).join(", "),
      met: killed.length === 0,
    },
    {
      goal: `at least ${percent(LENT_MEDIAN)} of the clairvoyant's lending in the median scenario`,
      reached: percent(medianLent),
      met: (medianLent ?? 0) >= LENT_MEDIAN,
    },
    {
      goal: `at least ${percent(LENT_WORST)} of it in the worst`,
      reached: told(worstLent),
      met: (worstLent?.share ?? 0) >= LENT_WORST,
    },
    {
      goal: `at most ${percent(LOST_WORST)} of the work lost in the worst`,
      reached: told(worstLost, 2),
      met: (worstLost?.share ?? 1) <= LOST_WORST,
    },
  ];
}

/** Controllers than which Ballast is no better, scenario by scenario. */
export function exceptions(lines: readonly MatrixLine[], standing: Standing): Exception[] {
  return lines.flatMap(({ scenario, rows }) => {
    const controllers = rows.filter(({ ballastIs }) => ballastIs === standing).map((row) => row.controller);
    return controllers.length === 0 ? [] : [{ scenario, controllers }];
  });
}

/** Number of rivals and rows in which Ballast stands so. */
export function countOf(lines: readonly MatrixLine[], standing: Standing): number {
  return lines.flatMap(({ rows }) => rows).filter(({ ballastIs }) => ballastIs === standing).length;
}

function kills(line: MatrixLine, controller: string): number {
  return rowOf(line, controller)?.kills ?? 0;
}

/** Least first; scenarios without the figure are left out. */
function extremes(lines: readonly MatrixLine[], of: (line: MatrixLine) => number | undefined): Extreme[] {
  const found = lines.flatMap((line) => {
    const share = of(line);
    return share === undefined ? [] : [{ scenario: line.scenario, share }];
  });
  return found.sort((a, b) => a.share - b.share);
}

function told(extreme: Extreme | undefined, digits = 0): string {
  return extreme === undefined ? "-" : `${percent(extreme.share, digits)} (${extreme.scenario})`;
}

function percent(share: number | undefined, digits = 0): string {
  return share === undefined ? "-" : `${(share * 100).toFixed(digits)} %`;
}
