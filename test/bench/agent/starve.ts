/** Benchmark: how steadily the agent of a real guest that starves looks at it and tells, by what of its memory is kept from being dropped. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { MIB } from "../../../host/src/model/bytes.ts";
import { packagedAgent } from "../../bootstrap/agent.ts";
import { bootGuest } from "../../testbed/boot.ts";
import type { TestGuest } from "../../testbed/guest.ts";
import { skipReason } from "../../testbed/requirements.ts";
import { figure, markdownTable, median, quantile } from "../figures.ts";
import { type Frames, listenTo } from "./guest-frames.ts";
import { type LoopTrace, prepareTrace } from "./loop-trace.ts";

const RUNS = 3;
const STARVE_MS = 40_000;
const GUEST_MIB = 384;
/** Something for the agent to ask for: a guest whose balloon is empty has nothing to get. */
const SQUEEZED_MIB = 256;
const SWAP_MIB = 400;
const HOG_MB = 300;
const COMMAND_MS = 120_000;
const SETTLE_MS = 4_000;

interface Variant {
  readonly name: string;
  readonly program: string;
  /** In a control group without swap, as the unit's `MemorySwapMax=0` puts it. */
  readonly keepsOutOfSwap: boolean;
}

interface Run {
  readonly frames: Frames;
  readonly loop: LoopTrace;
  readonly swappedKib: number;
  readonly residentKib: number;
}

/** Prints the table. Each of `programs` is one more executable to be compared, such as that of an earlier release. */
export async function benchStarve(programs: readonly string[]): Promise<number> {
  const reason = skipReason();
  if (reason !== undefined) {
    process.stderr.write(`bench:starve needs real guests; ${reason}\n`);
    return 1;
  }
  const folder = await mkdtemp(join(tmpdir(), "bs-"));
  try {
    const variants = await variantsIn(folder, programs);
    const runs = new Map<Variant, Run[]>(variants.map((variant) => [variant, []]));
    for (let round = 0; round < RUNS; round++) {
      for (const variant of variants) {
        const run = await starve(variant);
        runs.get(variant)?.push(run);
        process.stderr.write(`${row(variant, [run]).join(" | ")}\n`);
      }
    }
    process.stdout.write(`${table(runs)}\n`);
    return 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function variantsIn(folder: string, programs: readonly string[]): Promise<Variant[]> {
  const program = await packagedAgent();
  const unlocked = join(folder, "unlocked");
  await writeFile(unlocked, await withoutLock(program), { mode: 0o755 });
  return [
    { name: "code locked, no swap (as the unit runs it)", program, keepsOutOfSwap: true },
    { name: "code locked, the heap may be swapped", program, keepsOutOfSwap: false },
    { name: "nothing locked", program: unlocked, keepsOutOfSwap: false },
    ...programs.map((path) => ({ name: path, program: path, keepsOutOfSwap: false })),
  ];
}

/** The same executable with a call of the same form, which does nothing to such memory, in place of the one that locks. */
async function withoutLock(program: string): Promise<Buffer> {
  const bytes = await readFile(program);
  const at = bytes.indexOf("int mlock2(");
  if (at < 0) throw new Error(`${program} declares no mlock2`);
  bytes.write("int  msync(", at, "latin1");
  return bytes;
}

async function starve({ program, keepsOutOfSwap }: Variant): Promise<Run> {
  const guest = await bootGuest({
    name: "starving",
    memoryMib: GUEST_MIB,
    agent: false,
    agentProgram: program,
    scratch: { sizeMib: SWAP_MIB + 100 },
  });
  try {
    const run = (command: string) => succeed(guest, command);
    await run(`dd if=/dev/zero of=/scratch/swap bs=1M count=${SWAP_MIB}`);
    await run("mkswap /scratch/swap && swapon /scratch/swap");
    await run(startCommand(keepsOutOfSwap));
    const frames = listenTo(guest.agentPath);
    await guest.moveBalloon(SQUEEZED_MIB * MIB);
    await sleep(SETTLE_MS);
    const pid = (await run("cat /run/agent.pid")).trim();
    const trace = await prepareTrace(run, pid);
    const hog = await guest.spawnWorkload(["hold", "--mb", HOG_MB]);
    await trace.start();
    frames.restart();
    await sleep(STARVE_MS);
    const loop = await trace.stop();
    const told = await frames.close();
    const status = await run(`cat /proc/${pid}/status`);
    await hog.kill();
    return { frames: told, loop, swappedKib: kib(status, "VmSwap"), residentKib: kib(status, "VmRSS") };
  } finally {
    await guest.stop();
  }
}

function startCommand(keepsOutOfSwap: boolean): string {
  if (!keepsOutOfSwap) return "{ start-agent & }";
  return [
    "mkdir /tmp/cgroup && mount -t cgroup2 cgroup2 /tmp/cgroup",
    "echo +memory >/tmp/cgroup/cgroup.subtree_control && mkdir /tmp/cgroup/agent",
    "echo 0 >/tmp/cgroup/agent/memory.swap.max",
    "{ sh -c 'echo $$ >/tmp/cgroup/agent/cgroup.procs; exec start-agent' & }",
  ].join(" && ");
}

async function succeed(guest: TestGuest, command: string): Promise<string> {
  const { status, output } = await guest.run(command, { timeoutMs: COMMAND_MS });
  if (status !== 0) throw new Error(`in the guest "${command}" ended with ${status}: ${output}`);
  return output;
}

function kib(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? Number.NaN);
}

function table(runs: ReadonlyMap<Variant, readonly Run[]>): string {
  const head = [
    "the agent's memory",
    "between samples: median, p99, most",
    "between frames: median, p99, most",
    "of the time waiting: processor, disk",
    "swapped",
    "resident",
  ];
  return markdownTable(
    head,
    [...runs].map(([variant, ofVariant]) => row(variant, ofVariant)),
  );
}

/** Each figure is the median of the runs'. */
function row({ name }: Variant, runs: readonly Run[]): string[] {
  const middle = (of: (run: Run) => number | undefined, digits = 0) =>
    figure(median(runs.flatMap((run) => of(run) ?? [])), digits);
  const spread = (of: (run: Run) => readonly number[]) =>
    [
      middle((run) => median(of(run))),
      middle((run) => quantile(of(run), 0.99)),
      middle((run) => Math.max(...of(run))),
    ].join(", ");
  return [
    name,
    `${spread(({ loop }) => loop.sampleGapsMs)} ms`,
    `${spread(({ frames }) => frames.gapsMs)} ms`,
    `${middle(({ loop }) => loop.runnablePercent, 1)}, ${middle(({ loop }) => loop.blockedPercent, 1)} %`,
    `${middle(({ swappedKib }) => swappedKib / 1024, 1)} MiB`,
    `${middle(({ residentKib }) => residentKib / 1024, 1)} MiB`,
  ];
}
