/** `npm run bench:density`: how many guests with one mixed load a host carries, real ones and simulated ones. */
import { parseArgs } from "node:util";
import { GIB, MIB } from "../../../host/src/model/bytes.ts";
import type { ControllerMaker } from "../../../host/src/simulate/controller.ts";
import { hostDensity, TESTBED_DENSITY_BYTES } from "../../../host/src/simulate/scenarios/density.ts";
import { RealKsm, whyNoKsm } from "../../testbed/real-ksm.ts";
import { skipReason } from "../../testbed/requirements.ts";
import { figure, markdownTable, median } from "../figures.ts";
import { type Attempt, tryReal } from "./attempt.ts";
import { predict, predictTestbed } from "./predict.ts";
import { DENSITY_RULES, type DensityRule } from "./rules.ts";
import { type Carried, halveToMost, isCarried, mostCarried, searchMost } from "./verdict.ts";

/** Fewer fit under any rule; more wait for the machine's processors. */
const LEAST_GUESTS = 3;
const MOST_GUESTS = 10;
const HOSTS_GIB = [48, 256];
const MOST_SIMULATED = 200;
/** Guests have four parts. */
const STEP = 4;

const USAGE =
  "bench:density -- [RULE…] [--runs N] [--guests N] [--simulated]\n" +
  "  --runs N      real runs of each rule, of which the median counts (1)\n" +
  "  --guests N    this number of real guests only, without a search\n" +
  "  --simulated   the simulator's tables alone\n";

/** Prints the tables; 0 when Ballast carries as many guests as its goals say. */
export async function benchDensity(words: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...words],
    options: {
      runs: { type: "string", default: "1" },
      guests: { type: "string" },
      simulated: { type: "boolean", default: false },
      yes: { type: "boolean", short: "y" },
    },
    allowPositionals: true,
  });
  const unknown = positionals.find((word) => !DENSITY_RULES.some(({ name }) => name === word));
  if (unknown !== undefined) {
    const known = DENSITY_RULES.map(({ name }) => name).join(", ");
    process.stderr.write(`no such rule: ${unknown}; there are ${known}\n${USAGE}`);
    return 2;
  }
  const rules = DENSITY_RULES.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  if (values.simulated) return simulatedTables(rules);
  const reason = skipReason();
  if (reason !== undefined) {
    process.stderr.write(`bench:density needs real guests, or --simulated; ${reason}\n`);
    return 1;
  }
  const only = values.guests === undefined ? undefined : Number(values.guests);
  return realTable(rules, Number(values.runs), only);
}

/** One rule's real runs. */
interface RealRow {
  readonly rule: DensityRule;
  /** Of each run. */
  readonly most: readonly number[];
  readonly tried: readonly Attempt[];
}

async function realTable(
  rules: readonly DensityRule[],
  runs: number,
  only: number | undefined,
): Promise<number> {
  const rows: RealRow[] = [];
  for (const rule of rules) {
    const row = await realRow(rule, runs, only);
    if (row === undefined) continue;
    rows.push(row);
    print(`${rule.title}: ${row.tried.map(told).join("; ")}`);
  }
  const mib = TESTBED_DENSITY_BYTES / MIB;
  print(`\nReal guests of 512 MiB that ${mib} MiB carry, ${runs} runs each, and what the simulator says.\n`);
  const head = ["what moves the balloons", "real", "each run", "simulated", "first that was not carried"];
  print(markdownTable(head, rows.map(realCells)));
  return 0;
}

async function realRow(
  rule: DensityRule,
  runs: number,
  only: number | undefined,
): Promise<RealRow | undefined> {
  const why = rule.ksm === true ? whyNoKsm() : undefined;
  if (why !== undefined) {
    process.stderr.write(`${rule.name} is left out: ${why}\n`);
    return undefined;
  }
  const most: number[] = [];
  const tried: Attempt[] = [];
  let first = only ?? predictedMost(rule);
  for (let run = 0; run < runs; run++) {
    const bounds =
      only === undefined ? { least: LEAST_GUESTS, most: MOST_GUESTS } : { least: only, most: only };
    const found = await searchMost(first, bounds, async (guests) => {
      const attempt = await tryOnce(guests, rule);
      tried.push(attempt);
      return attempt;
    });
    most.push(mostCarried(found));
    first = only ?? Math.max(LEAST_GUESTS, mostCarried(found));
  }
  return { rule, most, tried };
}

async function tryOnce(guests: number, rule: DensityRule): Promise<Attempt> {
  const ksm = rule.ksm === true ? await RealKsm.hold() : undefined;
  try {
    process.stderr.write(`${rule.name}, ${guests} guests … `);
    const attempt = await tryReal(guests, rule);
    process.stderr.write(`${told(attempt)}\n  ${attempt.detail}\n`);
    return attempt;
  } finally {
    await ksm?.release();
  }
}

function told({ guests, kills, lostShare, overdrawn, mostHeldBytes, ...rest }: Attempt): string {
  const verdict = isCarried({ guests, kills, lostShare, overdrawn, ...rest }) ? "carried" : "not carried";
  const over = overdrawn ? ", more than there is" : "";
  return `${guests} guests ${verdict}: ${kills} killed, ${(lostShare * 100).toFixed(2)} % lost, held at most ${figure(mostHeldBytes / MIB, 0, " MiB")}${over}`;
}

function predictedMost(rule: DensityRule): number {
  const { maker } = rule;
  if (maker === undefined) return MOST_GUESTS;
  let guests = LEAST_GUESTS;
  while (guests < MOST_GUESTS && isCarried(predictTestbed(guests + 1, rule, maker))) guests += 1;
  return guests;
}

function realCells({ rule, most, tried }: RealRow): string[] {
  const failed = tried.filter((attempt) => !isCarried(attempt)).sort((a, b) => a.guests - b.guests)[0];
  return [
    rule.title,
    figure(median(most)),
    most.join(", "),
    rule.maker === undefined ? "-" : figure(predictedMost(rule)),
    failed === undefined ? "-" : why(failed),
  ];
}

function why({ guests, kills, lostShare, overdrawn }: Carried): string {
  const over = overdrawn ? ", host overdrawn" : "";
  return `${guests}: ${kills} killed, ${(lostShare * 100).toFixed(1)} % lost${over}`;
}

function simulatedTables(rules: readonly DensityRule[]): number {
  const makers: { readonly title: string; readonly maker: ControllerMaker }[] = [];
  for (const { title, maker, ksm, blind } of rules)
    if (maker !== undefined && ksm === undefined && blind === undefined) makers.push({ title, maker });
  const head = ["what moves the balloons", ...HOSTS_GIB.map((gib) => `on ${gib} GiB`)];
  const rows = makers.map(({ title, maker }) => {
    const row = [title, ...HOSTS_GIB.map((gib) => figure(mostOn(gib, maker)))];
    process.stderr.write(`${row.join(", ")}\n`);
    return row;
  });
  print(`Simulated guests of 4 GiB that a host carries, up to ${MOST_SIMULATED}.\n`);
  print(markdownTable(head, rows));
  return 0;
}

function mostOn(gib: number, maker: ControllerMaker): number {
  return halveToMost(STEP, MOST_SIMULATED, (guests) =>
    isCarried(predict(hostDensity(guests, gib * GIB), maker)),
  );
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
