/** Benchmark: what the agent costs a guest at rest, squeezed and idle, starving, and with a full ARC, beside QEMU's guest agent and plain Node. */
import { type ChildProcess, spawn } from "node:child_process";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LASTING_MS } from "../../../guest/src/judgement/interval.ts";
import { waitFor } from "../../testbed/wait.ts";
import { figure, markdownTable, median } from "../figures.ts";
import { ChannelEnd } from "./channel-end.ts";
import { cpuNanosecondsOf, memoryOf } from "./process-cost.ts";
import { makeSituations, SITUATIONS, type Situations } from "./situations.ts";
import { agentSubjects, qemuGuestAgent, type Subject } from "./subjects.ts";

/** A state that lasts costs less: three and a half minutes of it are left after it began. */
const DEFAULT_MINUTES = 5;
const MIB = 1024 * 1024;
const MS_PER_MINUTE = 60_000;
const NS_PER_MS = 1_000_000;
/** Of the time before a state lasts, before CPU is counted: compiling what runs often is no cost of rest. */
const WARM_UP_SHARE = 0.2;
/** Agents start one after the other: by then the state lasts for all of them. */
const START_SPREAD_MS = 30_000;
const STARTS = 7;
const START_TIMEOUT_MS = 20_000;
interface Running {
  readonly subject: string;
  readonly child: ChildProcess;
  readonly end: ChannelEnd | undefined;
}

interface Spell {
  readonly cpuPercent: number;
  /** The last interval that the agent reported. */
  readonly intervalMs: number | undefined;
}

interface Cost {
  readonly privateBytes: number;
  readonly residentBytes: number;
  readonly threads: number;
  /** Before the state lasts. */
  readonly early: Spell;
  /** Since it lasts; absent in a short benchmark. */
  readonly lasting: Spell | undefined;
}

/** Prints the table; `BALLAST_BENCH_MINUTES` shortens it. */
export async function benchAgent(): Promise<number> {
  const minutes = Number(process.env["BALLAST_BENCH_MINUTES"] ?? DEFAULT_MINUTES);
  if (!(minutes > 0)) throw new Error("BALLAST_BENCH_MINUTES must be a number above 0");
  const folder = await mkdtemp(join(tmpdir(), "bb-"));
  const running: Running[] = [];
  let situations: Situations | undefined;
  try {
    const subjects = await agentSubjects(folder);
    situations = await makeSituations(folder);
    const starts = await startTimes(subjects, folder);
    for (const subject of subjects)
      running.push(await startAgent(await onItsOwn(subject, folder), folder, subject.name, []));
    for (const subject of subjects.filter(({ isMain }) => isMain)) {
      for (const { name, procRoot } of situations.all) {
        const own = await onItsOwn(subject, folder);
        running.push(await startAgent(own, folder, within(subject.name, name), ["--proc", procRoot]));
      }
    }
    const qemu = qemuGuestAgent();
    if (qemu !== undefined) running.push(startQemuAgent(qemu, folder, QEMU));
    process.stderr.write(`${running.length} processes run for ${minutes} minutes …\n`);
    const costs = await costsAfter(running, minutes * MS_PER_MINUTE);
    process.stdout.write(`${table(costs, starts)}\n`);
    return 0;
  } finally {
    situations?.stop();
    for (const { child } of running) child.kill("SIGKILL");
    await Promise.all(running.map(({ end }) => end?.close()));
    await rm(folder, { recursive: true, force: true });
  }
}

const QEMU = "qemu-ga";
const within = (subject: string, situation: string) => `${subject}, ${situation}`;

let channels = 0;

async function startAgent(
  subject: Subject,
  folder: string,
  name: string,
  options: readonly string[],
): Promise<Running> {
  const end = await ChannelEnd.open(folder, `${++channels}`);
  const words = [...subject.words, "run", "--log-level", "error", "--channel", end.devicePath, ...options];
  const child = spawn(subject.program, words, { stdio: ["ignore", "ignore", "inherit"] });
  try {
    await waitFor(name, () => end.lastReport !== undefined, { timeoutMs: START_TIMEOUT_MS, intervalMs: 2 });
  } catch (error) {
    child.kill("SIGKILL");
    await end.close();
    throw error;
  }
  return { subject: name, child, end };
}

/** A guest has one agent: the kernel drops no page of a program that others run too, so each runs a copy of its own. */
async function onItsOwn(subject: Subject, folder: string): Promise<Subject> {
  if (!subject.isExecutable) return subject;
  const program = join(folder, `agent-${channels}`);
  await copyFile(subject.program, program);
  return { ...subject, program };
}

function startQemuAgent(program: string, folder: string, name: string): Running {
  const words = [
    "-m",
    "unix-listen",
    "-p",
    join(folder, "qga.sock"),
    "-t",
    folder,
    "-f",
    join(folder, "qga.pid"),
  ];
  return { subject: name, child: spawn(program, words, { stdio: "ignore" }), end: undefined };
}

/** From the start of the process to its first words on the channel, in milliseconds, the median of several. */
async function startTimes(
  subjects: readonly Subject[],
  folder: string,
): Promise<Map<string, number | undefined>> {
  const times = new Map<string, number | undefined>();
  for (const subject of subjects.filter(({ isMain }) => isMain)) {
    const taken = await repeat(STARTS, async () => {
      const running = await startAgent(subject, folder, subject.name, []);
      return running;
    });
    times.set(subject.name, median(taken));
  }
  const qemu = qemuGuestAgent();
  if (qemu !== undefined) times.set(QEMU, median(await repeat(STARTS, () => qemuStart(qemu, folder))));
  return times;
}

async function repeat(times: number, start: () => Promise<Running>): Promise<number[]> {
  const taken: number[] = [];
  for (let i = 0; i < times; i++) {
    const beginMs = performance.now();
    const { child, end } = await start();
    taken.push(performance.now() - beginMs);
    child.kill("SIGKILL");
    await end?.close();
  }
  return taken;
}

async function qemuStart(program: string, folder: string): Promise<Running> {
  const socket = join(folder, "qga.sock");
  await rm(socket, { force: true });
  const running = startQemuAgent(program, folder, QEMU);
  // The socket is there a moment before anybody listens on it.
  try {
    await waitFor(QEMU, () => pings(socket), { timeoutMs: START_TIMEOUT_MS, intervalMs: 1 });
  } catch (error) {
    running.child.kill("SIGKILL");
    throw error;
  }
  return running;
}

function pings(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const client = connect(socket, () => client.write('{"execute":"guest-ping"}\n'));
    client.once("data", () => {
      client.destroy();
      resolve(true);
    });
    client.once("error", () => resolve(false));
  });
}

async function costsAfter(running: readonly Running[], durationMs: number): Promise<Map<string, Cost>> {
  const earlyMs = Math.min(durationMs, LASTING_MS);
  await sleep(earlyMs * WARM_UP_SHARE);
  const early = await spells(running, earlyMs * (1 - WARM_UP_SHARE));
  const lastingMs = durationMs - LASTING_MS - START_SPREAD_MS;
  if (lastingMs > 0) await sleep(START_SPREAD_MS);
  const lasting = lastingMs > 0 ? await spells(running, lastingMs) : undefined;
  return new Map(
    running.map(({ subject, child }, index) => [
      subject,
      { ...memoryOf(pidOf(child)), early: early[index] as Spell, lasting: lasting?.[index] },
    ]),
  );
}

/** What each process costs from now on for `durationMs`. */
async function spells(running: readonly Running[], durationMs: number): Promise<Spell[]> {
  const before = running.map(({ child }) => cpuNanosecondsOf(pidOf(child)));
  const fromMs = performance.now();
  await sleep(durationMs);
  const spanMs = performance.now() - fromMs;
  return running.map(({ child, end }, index) => {
    const usedNs = cpuNanosecondsOf(pidOf(child)) - (before[index] ?? 0);
    return {
      cpuPercent: (usedNs / NS_PER_MS / spanMs) * 100,
      intervalMs: end?.lastReport?.intervalMs,
    };
  });
}

function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error("a process did not start");
  return pid;
}

function table(costs: ReadonlyMap<string, Cost>, starts: ReadonlyMap<string, number | undefined>): string {
  const rows = [...costs]
    .filter(([name]) => SITUATIONS.every((each) => !name.endsWith(`, ${each}`)))
    .map(([name, cost]) => {
      return [
        name,
        figure(cost.privateBytes / MIB, 1, " MiB"),
        figure(cost.residentBytes / MIB, 1, " MiB"),
        figure((cost.lasting ?? cost.early).cpuPercent, 3, " %"),
        ...SITUATIONS.map((each) => inSituation(costs.get(within(name, each)))),
        figure(starts.get(name), 0, " ms"),
        String(cost.threads),
      ];
    });
  const head = ["agent", "private", "resident", "CPU at rest", ...SITUATIONS, "start", "threads"];
  return markdownTable(head, rows);
}

/** Processor in the state's first minute and later, and what is resident in the end. */
function inSituation(cost: Cost | undefined): string {
  if (cost === undefined) return "-";
  const later = cost.lasting ? [`then ${inWords(cost.lasting)}`] : [];
  return [inWords(cost.early), ...later, figure(cost.residentBytes / MIB, 1, " MiB")].join("; ");
}

function inWords({ cpuPercent, intervalMs }: Spell): string {
  return `${figure(cpuPercent, 3, " %")} (every ${figure(intervalMs)} ms)`;
}
