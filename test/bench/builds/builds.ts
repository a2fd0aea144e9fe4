/** `npm run bench:builds`: three guests that build one after the other: what the host holds for them, and how long they take. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { MIB, sum } from "../../../host/src/model/bytes.ts";
import { TestBroker } from "../../testbed/broker.ts";
import type { TestGuest } from "../../testbed/guest.ts";
import { guestRam } from "../../testbed/guest-ram.ts";
import { Cleanup } from "../../testbed/host.ts";
import { skipReason } from "../../testbed/requirements.ts";
import { agentReports, bootAll } from "../../testbed/scene.ts";
import { figure, markdownTable, median } from "../figures.ts";
import { type Footprint, footprintOf, type HeldLook, less } from "./footprint.ts";

const FULL_MIB = 512;
const NAMES = ["build1", "build2", "build3"] as const;
/** Memory that a build takes and frees again, and files that it leaves in the cache. */
const ANON_MIB = 150;
const FILES_MIB = 200;
/** Seconds that a build takes. */
const STEPS = 25;
/** Between two builds, and after the last one. */
const REST_MS = 8_000;
const LOOK_MS = 250;
const SPARE_MIB = 30;
const BUILD_TIMEOUT_MS = 180_000;
const BOOT_TIMEOUT_MS = 180_000;
/** Of all guests' sizes: what the broker lets them hold. */
const BUDGET_SHARE = 0.55;
const RESERVE_MIB = 64;
const RUNS = 1;

/** What the host gives its guests. */
interface Kind {
  readonly name: string;
  readonly title: string;
  readonly freePageReporting: boolean;
  readonly broker: boolean;
}

const KINDS: readonly Kind[] = [
  { name: "static", title: "static", freePageReporting: false, broker: false },
  { name: "reporting", title: "free page reporting", freePageReporting: true, broker: false },
  { name: "ballast", title: "**Ballast**", freePageReporting: true, broker: true },
];

/** One run of one kind. */
interface Run {
  readonly footprint: Footprint;
  /** From each build's beginning to its end, summed. */
  readonly builtMs: number;
  /** Of that not waiting for the next step. */
  readonly busyMs: number;
  readonly kills: number;
}

/** Prints a row for each kind; the number of runs may be given. 0 when Ballast holds as much less as its goal says. */
export async function benchBuilds(words: readonly string[]): Promise<number> {
  const reason = skipReason();
  if (reason !== undefined) {
    process.stderr.write(`bench:builds needs real guests; ${reason}\n`);
    return 1;
  }
  const runs = Number(words[0] ?? RUNS);
  const all = new Map<string, Run[]>(KINDS.map(({ name }) => [name, []]));
  for (let i = 0; i < runs; i++) {
    for (const kind of KINDS) {
      const run = await oneRun(kind);
      all.get(kind.name)?.push(run);
      process.stderr.write(`${kind.name}: ${cells(kind, [run], undefined).join(", ")}\n`);
    }
  }
  const first = all.get("static") ?? [];
  const head = ["what the host does", "peak", "GiB·min", "run time", "busy", "killed"];
  process.stdout.write(
    `Three real guests of ${FULL_MIB} MiB build one after the other, ${runs} runs, medians; less than static in brackets.\n\n`,
  );
  const rows = KINDS.map((kind) => cells(kind, all.get(kind.name) ?? [], first));
  process.stdout.write(`${markdownTable(head, rows)}\n`);
  return 0;
}

function cells({ title }: Kind, runs: readonly Run[], others: readonly Run[] | undefined): string[] {
  const middle = (of: (run: Run) => number, from = runs) => median(from.map(of)) ?? 0;
  const cell = (of: (run: Run) => number, unit: number, digits: number, name: string) => {
    const value = middle(of);
    const change = others === undefined ? undefined : less(value, middle(of, others));
    return `${figure(value / unit, digits)}${name}${change === undefined ? "" : ` (${figure(change * 100, 0, " %")})`}`;
  };
  return [
    title,
    cell(({ footprint }) => footprint.peakBytes, MIB, 0, " MiB"),
    cell(({ footprint }) => footprint.gibMinutes, 1, 2, ""),
    cell(({ builtMs }) => builtMs, 1_000, 1, " s"),
    cell(({ busyMs }) => busyMs, 1_000, 1, " s"),
    String(sum(runs, ({ kills }) => kills)),
  ];
}

async function oneRun(kind: Kind): Promise<Run> {
  const cleanup = new Cleanup();
  try {
    const folder = await mkdtemp(join(tmpdir(), "bl-"));
    cleanup.add(() => rm(folder, { recursive: true, force: true }));
    const guests = await bootAll(
      NAMES.map((name) => ({
        name,
        memoryMib: FULL_MIB,
        freePageReporting: kind.freePageReporting,
        bootTimeoutMs: BOOT_TIMEOUT_MS,
        scratch: { sizeMib: FILES_MIB + SPARE_MIB },
      })),
      folder,
      cleanup,
    );
    if (kind.broker) await startBroker(guests, folder, cleanup);
    const looks = watch(guests, cleanup);
    const built = [];
    for (const guest of guests) {
      built.push(await build(guest));
      await sleep(REST_MS);
    }
    const kills = await Promise.all(guests.map(async (guest) => (await guest.oomKills()).count));
    return {
      footprint: footprintOf(looks),
      builtMs: sum(built, ({ builtMs }) => builtMs),
      busyMs: sum(built, ({ busyMs }) => busyMs),
      kills: sum(kills, Number),
    };
  } finally {
    await cleanup.run();
  }
}

async function startBroker(guests: readonly TestGuest[], folder: string, cleanup: Cleanup): Promise<void> {
  const besideBytes = sum(guests, (guest) => {
    const inside = guestRam(guest.pid, FULL_MIB * MIB)?.residentBytes ?? 0;
    return Math.max(0, (guest.residentBytes() ?? 0) - inside);
  });
  const broker = await TestBroker.start({
    folder,
    budgetMib: Math.round(besideBytes / MIB + FULL_MIB * NAMES.length * BUDGET_SHARE),
    reserveMib: RESERVE_MIB,
    tuning: { bootProtect: "1s" },
    guests: guests.map(({ name, qmpPath, agentPath }) => ({ name, qmpPath, agentPath })),
  });
  cleanup.add(() => broker.stop());
  await Promise.all(NAMES.map((name) => agentReports(broker, name)));
}

function watch(guests: readonly TestGuest[], cleanup: Cleanup): HeldLook[] {
  const looks: HeldLook[] = [];
  let isOver = false;
  const look = async () => {
    while (!isOver) {
      const bytes = sum(guests, ({ pid }) => guestRam(pid, FULL_MIB * MIB)?.heldBytes ?? 0);
      looks.push({ atMs: performance.now(), bytes });
      await sleep(LOOK_MS);
    }
  };
  const looking = look();
  cleanup.add(() => {
    isOver = true;
    return looking;
  });
  return looks;
}

async function build(guest: TestGuest): Promise<{ readonly builtMs: number; readonly busyMs: number }> {
  const sizes = ["--mb", ANON_MIB, "--cache-mb", FILES_MIB, "--steps", STEPS];
  const workload = await guest.spawnWorkload(["build", "--file", "/scratch/objects", ...sizes]);
  const { output } = await workload.wait(BUILD_TIMEOUT_MS);
  const [, builtMs, busyMs] = /^built ms=(\d+) busy=(\d+)$/m.exec(output) ?? [];
  return { builtMs: Number(builtMs ?? BUILD_TIMEOUT_MS), busyMs: Number(busyMs ?? BUILD_TIMEOUT_MS) };
}
