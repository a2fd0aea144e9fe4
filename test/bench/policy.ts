/** Benchmark: every controller in every simulated scenario, and how Ballast's decisions scale; needs no guests. */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { noSuch } from "../../host/src/config/suggest.ts";
import { CONTROLLERS } from "../../host/src/simulate/compare.ts";
import type { ScenarioMaker } from "../../host/src/simulate/scenario.ts";
import { SCENARIOS, scenarioNamed } from "../../host/src/simulate/scenarios/catalogue.ts";
import { type MatrixLine, runMatrix } from "./policy/matrix.ts";
import { picture } from "./policy/picture.ts";
import { measureScale, type Scale, scaleTable } from "./policy/scale.ts";
import { comparisonText, goalsTable, readmeTable, standingsOf, terminalTable } from "./policy/text.ts";

const DEFAULT_SEEDS = 3;
const MOST_SEEDS = 100;
const USAGE = `npm run bench:policy -- [SCENARIO…] [options]: controllers in simulated scenarios, and how decisions scale
  --seeds N     runs of each scenario, seeds 1 to N (default ${DEFAULT_SEEDS})
  --svg FILE    write the picture of the table
  --markdown    print the tables as the README has them
  --no-scale    leave out the runs with up to 10,000 guests
`;

interface Options {
  readonly makers: readonly ScenarioMaker[];
  readonly seeds: readonly number[];
  readonly svg: string | undefined;
  readonly markdown: boolean;
  readonly scale: boolean;
}

/** Prints tables; 0 when all ran, whether or not goals are met; 2 when `words` make no sense. */
export async function benchPolicy(words: readonly string[]): Promise<number> {
  if (words.includes("--help") || words.includes("help")) {
    process.stdout.write(USAGE);
    return 0;
  }
  let options: Options;
  try {
    options = read(words);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    return 2;
  }
  const { makers, seeds, svg, markdown } = options;
  const lines = runMatrix(makers, CONTROLLERS, seeds, told);
  print(markdown ? readmeTable(lines) : terminalTable(lines));
  print(
    seeds.length === 1
      ? "\nOne run each.\n"
      : `\nKilled: sum of ${seeds.length} runs; lost and lent: their average.\n`,
  );
  print(goalsTable(lines));
  print(`\n${comparisonText(lines)}`);
  if (options.scale) print(`\n${scaleTable(measureScale(toldScale))}`);
  if (svg !== undefined) await writeFile(svg, picture(lines, seeds.length));
  return 0;
}

function read(words: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...words],
    options: {
      seeds: { type: "string", default: String(DEFAULT_SEEDS) },
      svg: { type: "string" },
      markdown: { type: "boolean", default: false },
      scale: { type: "boolean", default: true },
      yes: { type: "boolean", short: "y" },
    },
    allowPositionals: true,
    allowNegative: true,
  });
  const count = /^\d{1,3}$/.test(values.seeds) ? Number(values.seeds) : 0;
  if (count < 1 || count > MOST_SEEDS) throw new RangeError(`--seeds takes a number from 1 to ${MOST_SEEDS}`);
  return {
    makers: positionals.length === 0 ? SCENARIOS : positionals.map(known),
    seeds: Array.from({ length: count }, (_, i) => i + 1),
    svg: values.svg,
    markdown: values.markdown,
    scale: values.scale,
  };
}

function known(name: string): ScenarioMaker {
  const maker = scenarioNamed(name);
  if (maker !== undefined) return maker;
  throw new RangeError(
    noSuch(
      "scenario",
      name,
      SCENARIOS.map(({ name: of }) => of),
    ),
  );
}

function told({ scenario, rows }: MatrixLine): void {
  process.stderr.write(`${scenario}: ${standingsOf(rows)}\n`);
}

function toldScale({ guests, runMs }: Scale): void {
  process.stderr.write(`${guests} guests: ${(runMs / 1000).toFixed(1)} s\n`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
