/** Benchmark: doubles each figure of the policy, one at a time and in memory only, and tells which of the unit tests notice. */
import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import { ROOT } from "../bootstrap/tools.ts";
import { type Constant, doubled, findConstants } from "./doublings/constants.ts";
import { TestLane } from "./doublings/test-lane.ts";

const USAGE = `npm run bench:doublings -- [PATH…]: which figures of the policy can be doubled without a unit test that fails
  PATH   only files whose path contains one of these, such as budget/ledger
`;
const POLICY = "host/src/policy";
/** As many as the machine has processors to spare for it. */
const LANES = 2;

/** Prints a line a constant and the total; 0 when all were tried, whether or not they were noticed. */
export async function benchDoublings(words: readonly string[]): Promise<number> {
  const isHelp = words.includes("help") || words.some((word) => word.startsWith("-"));
  if (isHelp) return told(USAGE, words.includes("help") || words.includes("--help") ? 0 : 2);
  const constants = findConstants(`${ROOT}${POLICY}/tsconfig.json`, (file) =>
    words.length === 0 ? true : words.some((word) => relative(ROOT, file).includes(word)),
  );
  if (constants.length === 0) return told(`No constant in ${words.join(", ")}\n`, 2);
  const lanes = Array.from({ length: Math.min(LANES, constants.length) }, () => new TestLane());
  try {
    for (const failed of await Promise.all(lanes.map((lane) => lane.begin([`unit/host/policy`]))))
      if (failed.length > 0) return told(`Fails as it is: ${failed.join("; ")}\n`, 1);
    return told(summary(await tryAll(constants, lanes)), 0);
  } finally {
    await Promise.all(lanes.map((lane) => lane.end()));
  }
}

/** Which tests fail when a constant is doubled. */
interface Trial {
  readonly constant: Constant;
  readonly noticedBy: readonly string[];
}

/** Each lane takes the next constant as it becomes free. */
async function tryAll(constants: readonly Constant[], lanes: readonly TestLane[]): Promise<readonly Trial[]> {
  const trials: Trial[] = [];
  const left = constants.values();
  await Promise.all(
    lanes.map(async (lane) => {
      for (const constant of left) {
        const trial = { constant, noticedBy: await noticed(lane, constant) };
        trials.push(trial);
        process.stdout.write(`${line(trial)}\n`);
      }
    }),
  );
  return trials;
}

/** The file's own test is tried first: most figures are noticed there, and others that import the file need not be run. */
async function noticed(lane: TestLane, constant: Constant): Promise<readonly string[]> {
  const { file } = constant;
  const own = relative(ROOT, file).replace("host/src/", "unit/host/").replace(/\.ts$/, ".test.ts");
  const replacement = { file, text: doubled(await readFile(file, "utf8"), constant) };
  const isOwn = (test: string) => test.endsWith(own);
  const tests = await lane.testsOf(file);
  const failed = await lane.failures(tests.filter(isOwn), replacement);
  if (failed.length > 0) return failed;
  return lane.failures(
    tests.filter((test) => !isOwn(test)),
    replacement,
  );
}

function line({ constant, noticedBy: [first, ...others] }: Trial): string {
  const { file, name, text } = constant;
  const by = first === undefined ? "SURVIVED" : `noticed by "${first}"${more(others.length)}`;
  return `${relative(`${ROOT}${POLICY}`, file)} ${name} = ${text}: ${by}`;
}

function more(count: number): string {
  return count === 0 ? "" : ` and ${count} more`;
}

function summary(trials: readonly Trial[]): string {
  const survivors = trials.filter(({ noticedBy }) => noticedBy.length === 0);
  const list = survivors.map((trial) => `  ${line(trial)}\n`).join("");
  return `\n${list}${survivors.length} of ${trials.length} doublings survived\n`;
}

function told(text: string, status: number): number {
  (status === 0 ? process.stdout : process.stderr).write(text);
  return status;
}
