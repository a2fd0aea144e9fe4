/** `ballast simulate`: the scenarios, and controllers side by side. */
import { GIB, sum } from "../../model/bytes.ts";
import type { Row, Standing } from "../../simulate/compare.ts";
import type { Scenario, ScenarioMaker } from "../../simulate/scenario.ts";
import type { Paint, Style } from "./paint.ts";
import { formatSize } from "./sizes.ts";
import { type Cell, type Column, formatTable } from "./table.ts";
import { wrap } from "./wrap.ts";

const LINE_WIDTH = 100;
const INDENT = "  ";
/** More lost work than this is bad. */
const LOST_BAD = 0.02;
const LOST_FINE = 0.002;

const COLUMNS: readonly Column[] = [
  { title: "CONTROLLER", align: "left" },
  { title: "KILLED", align: "right" },
  { title: "LOST", align: "right" },
  { title: "LENT", align: "right" },
  { title: "OF CLAIRVOYANT", align: "right" },
  { title: "REVERSALS", align: "right" },
  { title: "HOST SHORT", align: "right" },
  { title: "BALLAST IS", align: "left" },
];
const STANDING_STYLES: Readonly<Record<Standing, Style | undefined>> = {
  better: "good",
  equal: undefined,
  worse: "bad",
};

/** Each scenario with its description, and what to type next. */
export function formatScenarios(scenarios: readonly ScenarioMaker[], paint: Paint): string[] {
  const shown = scenarios.flatMap(({ name, title, description }) => [
    `${paint("strong", name)}: ${title}`,
    ...wrap(description, LINE_WIDTH - INDENT.length).map((line) => `${INDENT}${line}`),
  ]);
  return [
    ...shown,
    "",
    `ballast simulate ${scenarios[0]?.name ?? "NAME"} runs the first of them under every controller.`,
  ];
}

/** What is simulated. */
export function formatWorld(scenario: Scenario, seed: number, paint: Paint): string[] {
  const { title, description, guests, host, durationMs } = scenario;
  const sizes = formatSize(sum(guests, ({ fullBytes }) => fullBytes));
  const minutes = Math.round(durationMs / 60_000);
  return [
    paint("strong", title),
    ...wrap(description, LINE_WIDTH),
    `${guests.length} guests with ${sizes} in all on a host of ${formatSize(host.totalBytes)}, ${minutes} minutes of virtual time, seed ${seed}.`,
    "",
  ];
}

/** One line a controller. */
export function formatRows(rows: readonly Row[], paint: Paint): string[] {
  return formatTable(COLUMNS, rows.map(cells), paint);
}

function cells(row: Row): Cell[] {
  const lostStyle = row.lostShare > LOST_BAD ? "bad" : row.lostShare <= LOST_FINE ? "good" : undefined;
  return [
    { text: row.controller, style: row.controller === "ballast" ? "strong" : undefined },
    { text: kills(row), style: row.kills > 0 ? "bad" : "good" },
    { text: percent(row.lostShare), style: lostStyle },
    { text: `${(row.lentBytes / GIB).toFixed(2)} GiB` },
    { text: row.ofClairvoyantShare === undefined ? "-" : `${Math.round(row.ofClairvoyantShare * 100)} %` },
    { text: `${row.reversals}` },
    { text: `${(row.hostShortMs / 1000).toFixed(0)} s`, style: row.hostShortMs > 0 ? "warn" : undefined },
    {
      text: row.ballastIs ?? "",
      style: row.ballastIs === undefined ? undefined : STANDING_STYLES[row.ballastIs],
    },
  ];
}

function kills({ kills, hostKills }: Row): string {
  return hostKills === 0 ? `${kills}` : `${kills} (${hostKills} by host)`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** What the table comes to, in one sentence; absent where Ballast did not run. */
export function formatVerdict(rows: readonly Row[]): string | undefined {
  const ballast = rows.find(({ controller }) => controller === "ballast");
  if (ballast === undefined) return undefined;
  const killed = ballast.kills === 0 ? "nobody was killed" : `${ballast.kills} were killed`;
  const lent = ballast.ofClairvoyantShare;
  const reach = lent === undefined ? "" : ` and ${Math.round(lent * 100)} % of what can be lent was`;
  const standings = [...(["better", "equal", "worse"] as const)].flatMap((word) => {
    const names = rows.filter(({ ballastIs }) => ballastIs === word).map(({ controller }) => controller);
    return names.length === 0 ? [] : [`${LINKS[word]} ${inWords(names)}`];
  });
  const beside = standings.length === 0 ? "" : `: ${standings.join(", ")}`;
  return `With Ballast ${killed}, ${percent(ballast.lostShare)} of the work was lost${reach}${beside}.`;
}

const LINKS: Readonly<Record<Standing, string>> = {
  better: "better than",
  equal: "equal to",
  worse: "worse than",
};

function inWords(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
