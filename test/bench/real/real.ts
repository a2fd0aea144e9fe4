/** Benchmark: scenarios played by real guests, with what the simulator says of the same ones beside it. */
import { MIB } from "../../../host/src/model/bytes.ts";
import type { Scenario } from "../../../host/src/simulate/scenario.ts";
import { TESTBED_SCENARIOS } from "../../../host/src/simulate/scenarios/testbed.ts";
import { skipReason } from "../../testbed/requirements.ts";
import { figure, markdownTable } from "../figures.ts";
import { type GuestOutcome, outcomeOf, type Rule, summarize, verdict } from "./outcome.ts";
import { predict } from "./predict.ts";
import { playScenario, steeringOf } from "./stage.ts";

const RULES: readonly Rule[] = ["split", "ballast"];
const TITLES: Readonly<Record<Rule, string>> = { split: "static split", ballast: "Ballast" };
/** The testbed's scenarios are the same whatever the seed. */
const SEED = 1;
/** More guests than this on two cores wait for each other. */
const MOST_GUESTS = 6;
const HEAD = ["scenario", "controller", "kills", "throughput", "least size of a guest", "verdict"];

/** Prints a row for each scenario and controller; words on the command line choose among them. 0 when Ballast did as predicted. */
export async function benchReal(words: readonly string[]): Promise<number> {
  const reason = skipReason();
  if (reason !== undefined) {
    process.stderr.write(`bench:real needs real guests; ${reason}\n`);
    return 1;
  }
  const rules = RULES.filter((rule) => words.length === 0 || !words.some(isRule) || words.includes(rule));
  const names = words.filter((word) => !isRule(word));
  const makers = TESTBED_SCENARIOS.filter(({ name }) => names.length === 0 || names.includes(name));
  if (makers.length < names.length) {
    const known = TESTBED_SCENARIOS.map(({ name }) => name).join(", ");
    process.stderr.write(`no such scenario in ${names.join(", ")}; there are ${known}\n`);
    return 2;
  }
  const rows: string[][] = [];
  for (const { make } of makers) {
    const scenario = make(SEED);
    process.stderr.write(`playing ${scenario.name} for ${scenario.durationMs / 1000} s\n`);
    rows.push(...(await compareAll(scenario, rules)));
  }
  process.stdout.write("Real guests / simulator; kills by the guests' kernels' own counters.\n\n");
  process.stdout.write(`${markdownTable(HEAD, rows)}\n`);
  return rows.every((row) => row[1] !== TITLES.ballast || row.at(-1) === "confirmed") ? 0 : 1;
}

function isRule(word: string): boolean {
  return RULES.some((rule) => rule === word);
}

/** Side by side where the processors bear it, so that whatever else the machine does happens to both. */
async function compareAll(scenario: Scenario, rules: readonly Rule[]): Promise<string[][]> {
  if (scenario.guests.length * rules.length <= MOST_GUESTS)
    return Promise.all(rules.map((rule) => compare(scenario, rule)));
  const rows: string[][] = [];
  for (const rule of rules) rows.push(await compare(scenario, rule));
  return rows;
}

async function compare(scenario: Scenario, rule: Rule): Promise<string[]> {
  const seen = await playScenario(scenario, steeringOf(rule));
  const real = seen.map((one) => outcomeOf(one, scenario));
  const predicted = predict(scenario, rule);
  const name = `${scenario.name}, ${TITLES[rule]}`;
  process.stderr.write(`${name}\n  real       ${detail(real)}\n  predicted  ${detail(predicted)}\n`);
  const [ofReal, ofPredicted] = [summarize(real), summarize(predicted)];
  const percent = (share: number) => figure(share * 100, 1, " %");
  const mib = (bytes: number) => figure(bytes / MIB, 0, " MiB");
  return [
    scenario.name,
    TITLES[rule],
    `${ofReal.kills} / ${ofPredicted.kills}`,
    `${percent(ofReal.doneShare)} / ${percent(ofPredicted.doneShare)}`,
    `${mib(ofReal.leastBytes)} / ${mib(ofPredicted.leastBytes)}`,
    verdict(ofReal, ofPredicted),
  ];
}

/** Guest by guest. */
function detail(guests: readonly GuestOutcome[]): string {
  return guests
    .map(({ name, kills, busyMs, doneMs, leastBytes }) => {
      const done = busyMs === 0 ? "rests" : `did ${figure((doneMs / busyMs) * 100, 1, " %")}`;
      return `${name}: ${done}, killed ${kills}, had ${figure(leastBytes / MIB, 0, " MiB")} or more`;
    })
    .join("; ");
}
