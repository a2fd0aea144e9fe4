/** Prepares a clone (Debian packages, build) and runs one of the product's commands. */
import { parseArgs } from "node:util";
import { buildPage } from "../../host/packaging/page.ts";
import { buildReport } from "../../host/packaging/report.ts";
import {
  LONG_TEST_REQUIREMENTS,
  PACKAGING_REQUIREMENTS,
  REQUIREMENTS,
  type Requirement,
  TEST_REQUIREMENTS,
} from "../testbed/requirements.ts";
import { packagedAgent } from "./agent.ts";
import { ensurePackages } from "./debian.ts";
import { runTool } from "./tools.ts";

type Task = (options: TaskOptions) => Promise<number>;

export interface TaskOptions {
  /** No questions. */
  readonly yes: boolean;
  /** Leave the guests running. */
  readonly keep: boolean;
  /** Whatever else was on the command line. */
  readonly rest: readonly string[];
  /** All of it as it was given, for tasks with options of their own. */
  readonly words: readonly string[];
}

/** Tasks that do without guests. */
const ALONE = [
  "build",
  "package",
  "package:agent",
  "bench:policy",
  "bench:agent",
  "bench:flood",
  "bench:crowd",
  "bench:doublings",
  "bench:history",
  "fuzz",
  "faults",
  "figures",
  "bench:broker",
  "bench:scale",
  "soak",
];

const TASKS: Readonly<Record<string, Task>> = {
  build: async () => 0,
  quickstart: async (options) => (await import("../quickstart/quickstart.ts")).quickstart(options),
  test: async (options) => (await import("./suites.ts")).runSuites(["unit", "fast", "e2e"], options.rest),
  "test:long": async (options) =>
    (await import("./suites.ts")).runSuites(["worlds", "long", "faults"], options.rest),
  faults: async (options) => (await import("./suites.ts")).runSuites(["faults"], options.rest),
  fuzz: async (options) => (await import("../fuzz/fuzz.ts")).runFuzz(options.words),
  package: async (options) => (await import("../../packaging/packages.ts")).makePackages(options.rest),
  "package:agent": async (options) =>
    (await import("../../guest/packaging/release.ts")).packageAgent(options.rest),
  figures: async (options) => (await import("../bench/fill-figures.ts")).fillFigures(options.words),
  "bench:agent": async () => (await import("../bench/agent/bench.ts")).benchAgent(),
  "bench:starve": async (options) => (await import("../bench/agent/starve.ts")).benchStarve(options.rest),
  "bench:burst": async (options) => (await import("../bench/burst.ts")).benchBurst(options.rest),
  "bench:history": async () => (await import("../bench/history.ts")).benchHistory(),
  "bench:broker": async (options) => (await import("../bench/broker.ts")).benchBroker(options.words),
  "bench:scale": async (options) => (await import("../bench/scale/scale.ts")).benchScale(options.words),
  soak: async (options) => (await import("../bench/soak.ts")).soak(options.words),
  "bench:flood": async () => (await import("../bench/flood.ts")).benchFlood(),
  "bench:crowd": async () => (await import("../bench/crowd.ts")).benchCrowd(),
  "bench:calibrate": async (options) =>
    (await import("../bench/calibrate/calibrate.ts")).benchCalibrate(options.rest),
  "bench:real": async (options) => (await import("../bench/real/real.ts")).benchReal(options.rest),
  "bench:latency": async (options) => (await import("../bench/latency.ts")).benchLatency(options.rest),
  "bench:policy": async (options) => (await import("../bench/policy.ts")).benchPolicy(options.words),
  "bench:doublings": async (options) => (await import("../bench/doublings.ts")).benchDoublings(options.rest),
  "bench:builds": async (options) => (await import("../bench/builds/builds.ts")).benchBuilds(options.rest),
  "bench:density": async (options) =>
    (await import("../bench/density/density.ts")).benchDensity(options.words),
  "bench:motion": async (options) => (await import("../bench/motion/motion.ts")).benchMotion(options.rest),
  "bench:cliff": async (options) => (await import("../bench/cliff.ts")).benchCliff(options.rest),
  "bench:hostile": async (options) =>
    (await import("../bench/hostile/hostile.ts")).benchHostile(options.rest),
  "bench:ksm": async (options) => (await import("../bench/ksm.ts")).benchKsm(options.rest),
};

/** What else than {@link REQUIREMENTS} a task needs. */
const REQUIREMENTS_OF: Readonly<Record<string, readonly Requirement[]>> = {
  test: TEST_REQUIREMENTS,
  "test:long": LONG_TEST_REQUIREMENTS,
  package: PACKAGING_REQUIREMENTS,
};

const { values, positionals } = parseArgs({
  args: process.argv.slice(2),
  options: {
    yes: { type: "boolean", short: "y" },
    keep: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  },
  allowPositionals: true,
  strict: false,
});
const [name = "", ...words] = positionals;
const rest = values.help === true ? ["help", ...words] : words;
const task = TASKS[name];
if (task === undefined) {
  process.stderr.write(`no such task: ${name}; there are ${Object.keys(TASKS).join(", ")}\n`);
  process.exit(2);
}
// `npm run NAME --yes` without a second `--` leaves the word with npm, which passes it on in the environment.
const isGiven = (option: "yes" | "keep") =>
  values[option] === true || process.env[`npm_config_${option}`] === "true";
const yes = isGiven("yes") || process.env["CI"] === "true";
try {
  if (!ALONE.includes(name)) await ensurePackages(REQUIREMENTS_OF[name] ?? REQUIREMENTS, yes);
  await runTool("tsc", ["-b"]);
  await buildPage();
  await buildReport();
  await packagedAgent();
  process.exit(await task({ yes, keep: isGiven("keep"), rest, words: process.argv.slice(3) }));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
