/** `npm run fuzz`: tries millions of changed inputs on every reader of foreign input, led by what they reach of the program. */
import { figure, markdownTable } from "../bench/figures.ts";
import { corpusFolder, keep } from "./corpus.ts";
import { fuzz, type SessionResult } from "./session.ts";
import { moduleOf, TARGETS } from "./targets.ts";

const USAGE = `npm run fuzz -- [MINUTES] [TARGET…] [--seed N] [--keep]: changed inputs on every reader of foreign input
  MINUTES   for all targets together; 5 unless given
  TARGET    ${TARGETS.join(", ")}
  --seed N  another run of changes
  --keep    inputs that reach something new are added to the corpus
An input that breaks a promise is kept in the corpus, so that every later test run tries it.
`;
const DEFAULT_MINUTES = 5;
const MS_PER_MINUTE = 60_000;
const MILLION = 1_000_000;

interface Options {
  readonly minutes: number;
  readonly targets: readonly string[];
  readonly seed: number;
  readonly keep: boolean;
}

/** Prints a line a target; 0 when no promise was broken. */
export async function runFuzz(words: readonly string[]): Promise<number> {
  const options = readOptions(words);
  if (options === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  const durationMs = (options.minutes * MS_PER_MINUTE) / options.targets.length;
  const results: SessionResult[] = [];
  for (const target of options.targets) {
    const result = await fuzz({ target, module: moduleOf(target), seed: options.seed, durationMs });
    results.push(result);
    process.stdout.write(`${report(result)}\n`);
    if (options.keep) for (const input of result.found) keep(corpusFolder(target), input);
  }
  process.stdout.write(`\n${table(results)}\n`);
  return results.some(({ fault }) => fault !== undefined) ? 1 : 0;
}

function report({ target, tried, fault }: SessionResult): string {
  if (fault === undefined) return `${target}: ${tried} inputs, no promise broken`;
  const path = keep(corpusFolder(target), fault.input);
  return `${target}: ${path} breaks a promise after ${tried} inputs: ${fault.problem}`;
}

function table(results: readonly SessionResult[]): string {
  const rows = results.map(({ target, tried, places, found, fault }) => [
    target,
    figure(tried / MILLION, 3),
    String(places),
    String(found.length),
    fault === undefined ? "0" : "1",
  ]);
  const tried = results.reduce((sum, result) => sum + result.tried, 0);
  const faults = results.filter(({ fault }) => fault !== undefined).length;
  return markdownTable(
    ["reader", "million inputs", "places reached", "new inputs", "broken promises"],
    [...rows, ["all", figure(tried / MILLION, 3), "", "", String(faults)]],
  );
}

function readOptions(words: readonly string[]): Options | undefined {
  const rest = [...words];
  const seedAt = rest.indexOf("--seed");
  const [, seed = "1"] = seedAt < 0 ? [] : rest.splice(seedAt, 2);
  const keepAt = rest.indexOf("--keep");
  if (keepAt >= 0) rest.splice(keepAt, 1);
  const minutes = rest.filter((word) => /^\d+(\.\d+)?$/.test(word));
  const targets = rest.filter((word) => !/^\d+(\.\d+)?$/.test(word));
  const areKnown = targets.every((word) => (TARGETS as readonly string[]).includes(word));
  if (!areKnown || minutes.length > 1 || !/^\d+$/.test(seed)) return undefined;
  return {
    minutes: Number(minutes[0] ?? DEFAULT_MINUTES),
    targets: targets.length === 0 ? TARGETS : targets,
    seed: Number(seed),
    keep: keepAt >= 0,
  };
}
