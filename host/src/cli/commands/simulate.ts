/** `ballast simulate [SCENARIO]`: Ballast and other controllers in a simulated world, in virtual time. It needs no broker. */
import { setImmediate as breathe } from "node:timers/promises";
import { noSuch } from "../../config/suggest.ts";
import { EXIT, UsageError } from "../../exit.ts";
import { CONTROLLERS, type Figures, figuresOf, judge, type Row } from "../../simulate/compare.ts";
import type { ControllerMaker } from "../../simulate/controller.ts";
import { BALLAST } from "../../simulate/controllers/ballast.ts";
import { CLAIRVOYANT } from "../../simulate/controllers/clairvoyant.ts";
import { runController, workAlone } from "../../simulate/run.ts";
import type { Scenario } from "../../simulate/scenario.ts";
import { SCENARIOS, scenarioNamed } from "../../simulate/scenarios/catalogue.ts";
import { fleet } from "../../simulate/scenarios/fleet.ts";
import { formatRows, formatScenarios, formatVerdict, formatWorld } from "../format/simulate.ts";
import { printJson, type Terminal } from "../terminal.ts";

const ALL = "all";

export interface SimulateOptions {
  readonly list?: boolean;
  /** A controller's name, or `all`. */
  readonly controller?: string;
  readonly seed: number;
  /** The number of guests of a fleet, instead of a named scenario. */
  readonly guests?: number;
  readonly json?: boolean;
}

/** Resolves with the exit code. */
export async function simulate(
  name: string | undefined,
  options: SimulateOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  const { json, seed } = options;
  const makers = makersFor(options);
  const scenario = scenarioFor(name, options);
  if (scenario === undefined || options.list) {
    list(terminal, json);
    return EXIT.fine;
  }
  if (!json) for (const line of formatWorld(scenario, seed, terminal.paint)) terminal.out(line);
  const startedMs = performance.now();
  const rows = await runAll(scenario, makers, signal);
  if (rows === undefined) return EXIT.failed;
  if (json)
    printJson(terminal, { scenario: scenario.name, seed, guests: scenario.guests.length, controllers: rows });
  else show(rows, performance.now() - startedMs, terminal);
  return EXIT.fine;
}

function list(terminal: Terminal, json: boolean | undefined): void {
  if (json) {
    const words = ({ name, title }: { name: string; title: string }) => ({ name, title });
    const scenarios = SCENARIOS.map((maker) => ({ ...words(maker), description: maker.description }));
    printJson(terminal, { scenarios, controllers: CONTROLLERS.map(words) });
  } else for (const line of formatScenarios(SCENARIOS, terminal.paint)) terminal.out(line);
}

function show(rows: readonly Row[], tookMs: number, terminal: Terminal): void {
  for (const line of formatRows(rows, terminal.paint)) terminal.out(line);
  const verdict = formatVerdict(rows);
  const took = `Simulated in ${(tookMs / 1000).toFixed(1)} s.`;
  terminal.out(`\n${verdict === undefined ? took : `${verdict} ${took}`}`);
}

/** Undefined: the run was interrupted. */
async function runAll(
  scenario: Scenario,
  makers: readonly ControllerMaker[],
  signal: AbortSignal,
): Promise<Row[] | undefined> {
  const figures: Figures[] = [];
  const aloneMs = workAlone(scenario);
  for (const maker of makers) {
    // A run does not yield by itself: interrupts are handled here.
    await breathe();
    if (signal.aborted) return undefined;
    figures.push(figuresOf(maker.name, [runController(scenario, maker, aloneMs)]));
  }
  return judge(figures);
}

/** A named controller runs beside the clairvoyant, which is its bound. A fleet runs under Ballast alone unless others are named. */
function makersFor({ controller, guests }: SimulateOptions): readonly ControllerMaker[] {
  const wanted = controller ?? (guests === undefined ? ALL : BALLAST.name);
  if (wanted === ALL) return CONTROLLERS;
  const maker = CONTROLLERS.find(({ name }) => name === wanted);
  if (maker === undefined) throw unknown("controller", wanted, [...CONTROLLERS, { name: ALL }]);
  return guests !== undefined || maker === CLAIRVOYANT ? [maker] : [maker, CLAIRVOYANT];
}

/** Undefined: nothing was named. */
function scenarioFor(name: string | undefined, { guests, seed }: SimulateOptions): Scenario | undefined {
  if (name !== undefined && guests !== undefined)
    throw new UsageError(`--guests makes a fleet of its own; leave out either it or ${name}.`);
  if (guests !== undefined) return fleet(guests, seed);
  if (name === undefined) return undefined;
  const maker = scenarioNamed(name);
  if (maker === undefined) throw unknown("scenario", name, SCENARIOS);
  return maker.make(seed);
}

function unknown(kind: string, name: string, known: readonly { readonly name: string }[]): UsageError {
  return new UsageError(
    noSuch(
      kind,
      name,
      known.map((one) => one.name),
    ),
  );
}
