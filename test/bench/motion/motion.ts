/** `npm run bench:motion`: how fast memory goes from a cold cache to a neighbour that needs it, and at what price, on real guests. */
import { setTimeout as sleep } from "node:timers/promises";
import { MIB, sum } from "../../../host/src/model/bytes.ts";
import { PROXMOX } from "../../../host/src/simulate/controllers/proxmox.ts";
import { TestBroker } from "../../testbed/broker.ts";
import { guestRam } from "../../testbed/guest-ram.ts";
import { skipReason } from "../../testbed/requirements.ts";
import { agentReports } from "../../testbed/scene.ts";
import { cpuNanosecondsOf } from "../agent/process-cost.ts";
import { besideBytes, heldBytes } from "../density/held.ts";
import { NO_FUTURE, RealWorld } from "../density/real-world.ts";
import { figure, markdownTable, median } from "../figures.ts";
import { MotionScene, READS_PER_SECOND } from "./scene.ts";
import { secondsPerGib, takingSpeed, touchedMs, worstSecond } from "./speed.ts";

const RUNS = 3;
const BURST_MIB = 1_000;
const SMALL_MIB = 64;
const SQUEEZED_BYTES = 300 * MIB;
/** Of the donor's memory, taken by the driver alone. */
const TAKEN_BYTES = 900 * MIB;
const RESERVE_MIB = 64;
/** Left of the budget beside what guests hold and the reserve: little enough to be tight, and far too little for the burst. */
const LEFT_MIB = 150;
const QUIET_MS = 10_000;
/** What a rule does in advance is done by then. */
const SETTLE_MS = 10_000;
/** Of the driver's speed, for the burst: no rule can follow one that is faster than the driver. */
const BURST_SHARE = 0.5;
const BURST_TIMEOUT_MS = 180_000;
const MOVE_TIMEOUT_MS = 60_000;
const RULES = ["ballast", "proxmox"] as const;
type Rule = (typeof RULES)[number];
const TITLES: Readonly<Record<Rule, string>> = { ballast: "**Ballast**", proxmox: "Proxmox's rule" };

/** What one way of moving came to. */
interface Motion {
  /** Bytes a second. */
  readonly takenPerSecond: number | undefined;
  /** Share of its reads that the donor did not do in its worst second. */
  readonly donorLost: number;
  readonly cpuSecondsPerGib: number | undefined;
  /** From the burst's first touch to so much touched. */
  readonly smallMs: number | undefined;
  readonly largeMs: number | undefined;
  /** Of the donor's memory in huge pages, before and after. */
  readonly hugeBytes: readonly [number, number];
}

interface Run {
  readonly quiet: number;
  readonly driver: Motion;
  /** The same burst in a guest with all of its memory. */
  readonly roomy: Pick<Motion, "smallMs" | "largeMs">;
  readonly ruled: Motion;
}

/** Prints a table; words name rules or the number of runs. */
export async function benchMotion(words: readonly string[]): Promise<number> {
  const reason = skipReason();
  if (reason !== undefined) {
    process.stderr.write(`bench:motion needs real guests; ${reason}\n`);
    return 1;
  }
  const rules = RULES.filter((rule) => !words.some((word) => isRule(word)) || words.includes(rule));
  const runs = Number(words.find((word) => /^\d+$/.test(word)) ?? RUNS);
  const all = new Map<Rule, Run[]>(rules.map((rule) => [rule, []]));
  for (let i = 0; i < runs; i++) {
    for (const rule of rules) {
      const run = await oneRun(rule);
      all.get(rule)?.push(run);
      process.stderr.write(`${rule}: ${JSON.stringify(run)}\n`);
    }
  }
  report(all, runs);
  return 0;
}

function isRule(word: string): word is Rule {
  return RULES.some((rule) => rule === word);
}

async function oneRun(rule: Rule): Promise<Run> {
  const scene = await MotionScene.open();
  try {
    const quiet = await scene.watchDonor(() => sleep(QUIET_MS));
    const driver = await byDriver(scene);
    await scene.refill();
    const rate = burstRate(driver);
    const roomy = await burst(scene, rate);
    await scene.taker.guest.moveBalloon(SQUEEZED_BYTES, MOVE_TIMEOUT_MS);
    const broker = await steer(scene, rule);
    await sleep(SETTLE_MS);
    const ruled = await moved(scene, broker, () => burst(scene, rate));
    return { quiet: worstSecond(quiet.looks, READS_PER_SECOND), roomy, driver, ruled };
  } finally {
    await scene.close();
  }
}

/** The balloon driver alone, told to take at once. */
async function byDriver(scene: MotionScene): Promise<Motion> {
  const { guest } = scene.donor;
  const bytes = (await guest.balloonActual()) - TAKEN_BYTES;
  return moved(scene, undefined, async () => {
    await guest.moveBalloon(bytes, MOVE_TIMEOUT_MS);
    return { smallMs: undefined, largeMs: undefined };
  });
}

async function moved(
  scene: MotionScene,
  broker: TestBroker | undefined,
  act: () => Promise<Pick<Motion, "smallMs" | "largeMs">>,
): Promise<Motion> {
  const { donor } = scene;
  const pids = [donor.guest.pid, ...(broker === undefined ? [] : [broker.pid])];
  const cpuSeconds = () => sum(pids, cpuNanosecondsOf) / 1e9;
  const huge = () => guestRam(donor.guest.pid, donor.plan.fullBytes)?.hugeBytes ?? 0;
  const [hugeBefore, cpuBefore] = [huge(), cpuSeconds()];
  let touched: Pick<Motion, "smallMs" | "largeMs"> = { smallMs: undefined, largeMs: undefined };
  const { sizes, looks } = await scene.watchDonor(async () => {
    touched = await act();
  });
  const takenBytes = (sizes[0]?.bytes ?? 0) - Math.min(...sizes.map(({ bytes }) => bytes));
  return {
    takenPerSecond: takingSpeed(sizes),
    donorLost: worstSecond(looks, READS_PER_SECOND),
    cpuSecondsPerGib: secondsPerGib(cpuSeconds() - cpuBefore, takenBytes),
    ...touched,
    hugeBytes: [hugeBefore, huge()],
  };
}

/** Megabytes a second that the donor's driver could follow: half of what it takes when nothing else is done. */
function burstRate({ takenPerSecond = 0 }: Motion): number {
  return Math.max(1, Math.floor((takenPerSecond * BURST_SHARE) / 1_000_000));
}

/** Ends when it is all touched, or the program killed. */
async function burst(
  { taker }: MotionScene,
  rateMbPerSecond: number,
): Promise<Pick<Motion, "smallMs" | "largeMs">> {
  const args = ["burst", "--mb", BURST_MIB, "--rate-mb-s", rateMbPerSecond];
  const workload = await taker.guest.spawnWorkload(args);
  const { output } = await workload.wait(BURST_TIMEOUT_MS);
  return { smallMs: touchedMs(output, SMALL_MIB), largeMs: touchedMs(output, BURST_MIB) };
}

/** Starts what moves balloons, on a host that holds little more than its guests do. */
async function steer(scene: MotionScene, rule: Rule): Promise<TestBroker | undefined> {
  const actors = [scene.donor, scene.taker];
  const heldMib = heldBytes(actors) / MIB;
  if (rule === "proxmox") {
    const world = new RealWorld(
      actors,
      PROXMOX.make({ accounting: "resident", splitBytes: 0, future: NO_FUTURE }),
      (heldMib + RESERVE_MIB + LEFT_MIB) * MIB,
    );
    world.start();
    scene.cleanup.add(() => world.stop());
    return undefined;
  }
  const broker = await TestBroker.start({
    folder: scene.folder,
    budgetMib: Math.round(heldMib + besideBytes(actors) / MIB + RESERVE_MIB + LEFT_MIB),
    reserveMib: RESERVE_MIB,
    tuning: { bootProtect: "1s" },
    guests: actors.map(({ plan, guest }) => ({
      name: plan.name,
      qmpPath: guest.qmpPath,
      agentPath: guest.agentPath,
    })),
  });
  scene.cleanup.add(() => broker.stop());
  await Promise.all(actors.map(({ plan }) => agentReports(broker, plan.name)));
  return broker;
}

function report(all: ReadonlyMap<Rule, readonly Run[]>, runs: number): void {
  const head = [
    ...["what takes the memory", "taken", "of the driver's speed", "donor's worst second", "processor"],
    ...[`${SMALL_MIB} MiB touched`, `${BURST_MIB} MiB touched`, "in huge pages before, after"],
  ];
  const every = [...all.values()].flat();
  const rows = [
    cells(
      "the balloon driver alone",
      every.map(({ driver }) => driver),
    ),
    ...[...all].map(([rule, found]) =>
      cells(
        TITLES[rule],
        found.map(({ ruled }) => ruled),
        found.map(({ driver }) => driver),
      ),
    ),
  ];
  const ms = (values: readonly (number | undefined)[]) => figure(median(known(values)), 0, " ms");
  process.stdout.write(`Two real guests of 1536 MiB, ${runs} runs, medians.\n`);
  process.stdout.write(
    `At rest the donor's worst second loses ${percent(median(every.map(({ quiet }) => quiet)))}. In a guest with all of its memory ${SMALL_MIB} MiB are touched after ${ms(every.map(({ roomy }) => roomy.smallMs))}, ${BURST_MIB} MiB after ${ms(every.map(({ roomy }) => roomy.largeMs))}.\n\n`,
  );
  process.stdout.write(`${markdownTable(head, rows)}\n`);
}

function cells(title: string, motions: readonly Motion[], drivers: readonly Motion[] = []): string[] {
  const middle = (of: (motion: Motion) => number | undefined) => median(known(motions.map(of)));
  const shares = motions.map(({ takenPerSecond }, i) => {
    const theirs = drivers[i]?.takenPerSecond;
    return takenPerSecond === undefined || theirs === undefined ? undefined : takenPerSecond / theirs;
  });
  return [
    title,
    figure(perMib(middle(({ takenPerSecond }) => takenPerSecond)), 0, " MiB/s"),
    drivers.length === 0 ? "-" : percent(median(known(shares))),
    percent(middle(({ donorLost }) => donorLost)),
    figure(
      middle(({ cpuSecondsPerGib }) => cpuSecondsPerGib),
      2,
      " s/GiB",
    ),
    reached(motions.map(({ smallMs }) => smallMs)),
    reached(motions.map(({ largeMs }) => largeMs)),
    `${figure(perMib(middle(({ hugeBytes }) => hugeBytes[0])), 0)}, ${figure(perMib(middle(({ hugeBytes }) => hugeBytes[1])), 0, " MiB")}`,
  ];
}

/** The median where it was reached each time; else how often the program was killed before. */
function reached(values: readonly (number | undefined)[]): string {
  const found = known(values);
  if (found.length === values.length) return figure(median(found), 0, " ms");
  return `killed before, ${values.length - found.length} of ${values.length}`;
}

function known(values: readonly (number | undefined)[]): number[] {
  return values.filter((value) => value !== undefined);
}

function perMib(bytes: number | undefined): number | undefined {
  return bytes === undefined ? undefined : bytes / MIB;
}

function percent(share: number | undefined): string {
  return figure(share === undefined ? undefined : share * 100, 0, " %");
}
