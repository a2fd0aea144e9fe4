/** Benchmark: which bursts a squeezed real guest survives, alone and with Ballast, and with how little headroom. */
import { setTimeout as sleep } from "node:timers/promises";
import { LASTING_MS } from "../../guest/src/judgement/interval.ts";
import { MIB } from "../../host/src/model/bytes.ts";
import { packagedAgent } from "../bootstrap/agent.ts";
import { bootGuest } from "../testbed/boot.ts";
import { skipReason } from "../testbed/requirements.ts";
import { Scene } from "../testbed/scene.ts";
import { type BlindGuest, blindBursts } from "./burst-blind.ts";
import { figure, markdownTable, median } from "./figures.ts";
import {
  agentCpuPercent,
  type BurstResult,
  burst,
  letGo,
  squeezeAlone,
  squeezeTo,
  squeezeToHeadroom,
} from "./squeeze.ts";

const RUNS = 3;
const SQUEEZED_BYTES = 200 * MIB;
/** The workload's 0 means as fast as the guest can touch memory. */
const FULL_SPEED = 0;
const RATES = [50, 100, 200, 1000];
const HEADROOMS_MIB = [64, 48, 40, 32, 24, 16];
const HEADROOM_RUNS = 5;
const CPU_WINDOW_MS = 20_000;
const WITHOUT_AGENT = "without-agent";
const AT_REST = "at-rest";
/** An agent at rest looks less often. */
const AT_REST_HEADROOMS_MIB = [48, 32, 24];
const TUNING = { holdAfterDemand: "1s", bootProtect: "1s" };

/** Of a guest without agent, in the workload's megabytes a second. */
const BLIND_RATES = [10, 20, 50, 200];

/** Prints three tables, or the last alone, or one of guests at rest, where a word says so; 0 unless Ballast lost a guest at one of the rates of the first. */
export async function benchBurst(words: readonly string[]): Promise<number> {
  const reason = skipReason();
  if (reason !== undefined) {
    process.stderr.write(`bench:burst needs real guests; ${reason}\n`);
    return 1;
  }
  if (words.includes(WITHOUT_AGENT)) {
    await withoutAgent();
    return 0;
  }
  if (words.includes(AT_REST)) {
    const scene = await openScene();
    try {
      return (await burstsAfterRest(scene)) ? 0 : 1;
    } finally {
      await scene.close();
    }
  }
  print(
    `A real 512 MiB guest squeezed to 200 MiB, a process touching 280 MB; deflate-on-oom off; ${RUNS} runs each.\n`,
  );
  const alone = await ratesAlone();
  const scene = await openScene();
  try {
    const helped = await ratesHelped(scene);
    const rows = RATES.map((rate, i) => [`${rate} MB/s`, told(alone[i]), told(helped[i])]);
    print(`${markdownTable(["burst", "no controller", "Ballast"], rows)}\n`);
    await headrooms(scene);
    await withoutAgent();
    return helped.flat().every(({ survived }) => survived) ? 0 : 1;
  } finally {
    await scene.close();
  }
}

const openScene = () => Scene.open({ guests: [{ name: "g1" }], broker: { budgetMib: 4096, tuning: TUNING } });

/** One full-speed burst with each headroom, after more than a minute in which nothing changed; whether all were survived. */
async function burstsAfterRest(scene: Scene): Promise<boolean> {
  const { broker } = scene;
  const guest = scene.guest("g1");
  const rows: string[][] = [];
  const results: BurstResult[] = [];
  for (const headroomMib of AT_REST_HEADROOMS_MIB) {
    await letGo(broker, "g1");
    await squeezeToHeadroom(broker, "g1", headroomMib * MIB);
    const early = await agentCpuPercent(guest, CPU_WINDOW_MS);
    await sleep(LASTING_MS);
    const atRest = await agentCpuPercent(guest, CPU_WINDOW_MS);
    const result = await burst(guest, FULL_SPEED);
    results.push(result);
    rows.push([`${headroomMib} MiB`, figure(early, 2, " %"), figure(atRest, 2, " %"), told([result])]);
    process.stderr.write(`${rows.at(-1)?.join(", ")}\n`);
  }
  const head = ["available", "agent's CPU soon after", "after a minute of rest", "then a full-speed burst"];
  print(markdownTable(head, rows));
  return results.every(({ survived }) => survived);
}

/** The same bursts where only the balloon's statistics tell of them. */
async function withoutAgent(): Promise<void> {
  const rows: string[][] = [];
  for (const rate of BLIND_RATES) {
    const guests: BlindGuest[] = [];
    for (let i = 0; i < RUNS; i++) guests.push(await blindBursts(rate));
    const cells = [guests.map(({ first }) => first), guests.map(({ next }) => next)].flatMap((bursts) => [
      figure(median(bursts.map(({ squeezedBytes }) => squeezedBytes / MIB)), 0, " MiB"),
      told(bursts),
    ]);
    rows.push([`${rate} MB/s`, ...cells]);
    process.stderr.write(`${rows.at(-1)?.join(", ")}\n`);
  }
  print(
    `A real 512 MiB guest without agent, squeezed by a short host, a process touching 280 MB; ${RUNS} new guests for each rate, two bursts each.\n`,
  );
  const head = ["burst", "squeezed to", "its first burst", "squeezed to before the next", "its next burst"];
  print(`${markdownTable(head, rows)}\n`);
}

async function ratesAlone(): Promise<BurstResult[][]> {
  const guest = await bootGuest({ name: "alone", agentProgram: await packagedAgent() });
  try {
    return await eachRate(guest.name, async (rate) => {
      await squeezeAlone(guest, SQUEEZED_BYTES);
      return burst(guest, rate);
    });
  } finally {
    await guest.stop();
  }
}

function ratesHelped(scene: Scene): Promise<BurstResult[][]> {
  return eachRate("with Ballast", async (rate) => {
    await letGo(scene.broker, "g1");
    await squeezeTo(scene.broker, "g1", SQUEEZED_BYTES);
    return burst(scene.guest("g1"), rate);
  });
}

async function eachRate(
  title: string,
  run: (rate: number) => Promise<BurstResult>,
): Promise<BurstResult[][]> {
  const results: BurstResult[][] = [];
  for (const rate of RATES) {
    const ofRate: BurstResult[] = [];
    for (let i = 0; i < RUNS; i++) ofRate.push(await run(rate));
    process.stderr.write(`${title}, ${rate} MB/s: ${told(ofRate)}\n`);
    results.push(ofRate);
  }
  return results;
}

/** Full-speed bursts with less and less headroom, until one is not survived. */
async function headrooms(scene: Scene): Promise<void> {
  const { broker } = scene;
  const guest = scene.guest("g1");
  await letGo(broker, "g1");
  const rows = [
    ["at rest (512 MiB)", "-", "-", figure(await agentCpuPercent(guest, CPU_WINDOW_MS), 2, " %")],
  ];
  let tightest: number | undefined;
  for (const headroomMib of HEADROOMS_MIB) {
    const results: BurstResult[] = [];
    let cpu: number | undefined;
    for (let i = 0; i < HEADROOM_RUNS; i++) {
      await letGo(broker, "g1");
      if ((await squeezeToHeadroom(broker, "g1", headroomMib * MIB)) === undefined) break;
      if (i === 0) cpu = await agentCpuPercent(guest, CPU_WINDOW_MS);
      results.push(await burst(guest, FULL_SPEED));
    }
    const speeds = results.flatMap(({ durationMs }) => (durationMs ? [280_000 / durationMs] : []));
    const outcome = results.length === 0 ? "cannot be held there: the agent calls at rest" : told(results);
    rows.push([
      `${headroomMib} MiB available`,
      outcome,
      figure(median(speeds), 0, " MB/s"),
      figure(cpu, 2, " %"),
    ]);
    process.stderr.write(`${rows.at(-1)?.join(", ")}\n`);
    if (results.length < HEADROOM_RUNS || !results.every(({ survived }) => survived)) break;
    tightest = headroomMib;
  }
  print(markdownTable(["before a full-speed burst", "survived", "speed", "agent's CPU at rest there"], rows));
  print(
    `\nTightest headroom at which every full-speed burst was survived: ${figure(tightest, 0, " MiB")} (goal: 48 MiB or less)\n`,
  );
}

function told(results: readonly BurstResult[] | undefined): string {
  if (results === undefined || results.length === 0) return "-";
  const lived = results.filter(({ survived }) => survived).length;
  return lived === 0
    ? `killed ${results.length} of ${results.length}`
    : `survived ${lived} of ${results.length}`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
