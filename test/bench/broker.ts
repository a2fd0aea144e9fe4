/** What a whole broker costs: a real `ballastd` with its history, 200 QMP sockets and 200 agents. `npm run bench:broker`. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { GUEST_LENGTH } from "../../host/src/history/codec.ts";
import { FINE, HOURS, LEVELS, PEAKS_KEPT_MS } from "../../host/src/history/levels.ts";
import { HistoryStore } from "../../host/src/history/store.ts";
import { GIB, MIB } from "../../host/src/model/bytes.ts";
import { DEFAULT_TUNING } from "../../host/src/model/settings.ts";
import { FakeQemu } from "../fakes/fake-qemu.ts";
import { TestBroker } from "../testbed/broker.ts";
import { residentBytes } from "../testbed/host.ts";
import { AgentPeer } from "./agent-peer.ts";
import { figure, markdownTable } from "./figures.ts";
import { processorSeconds } from "./process-figures.ts";

const FULL_BYTES = 512 * MIB;
/** Three quarters of what the guests have: the broker takes and gives all the time. */
const BUDGET_SHARE = 0.75;
/** The guests are taken down to their first sizes meanwhile. */
const WARM_UP_MS = 90_000;
/** Each guest's use changes once in this time, and its balloon follows in steps. */
const CHANGE_EVERY_MS = 20 * 60_000;
const FOLLOW_EVERY_MS = 1_000;
/** The broker tells agents to report at least this often; an agent whose guest changes little does not report more. */
const REPORT_EVERY_MS = DEFAULT_TUNING.staleAfterMs / 4;
/** A move's row and its entries in two indexes, as `bench:history` found them. */
const MOVE_BYTES = 60;
const MOVES_KEPT_HOURS = 7 * 24;

interface Guest {
  readonly name: string;
  readonly qmpPath: string;
  readonly agentPath: string;
  readonly qemu: FakeQemu;
  readonly agent: AgentPeer;
}

/** Prints the broker's processor time, memory and disk; 0 when they could be measured. */
export async function benchBroker(words: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      guests: { type: "string", default: "200" },
      seconds: { type: "string", default: "120" },
    },
  });
  const [count, seconds] = [Number(values.guests), Number(values.seconds)];
  if (!(count >= 1 && count <= 1000 && seconds >= 10)) {
    process.stderr.write("bench:broker -- --guests 200 --seconds 120: 1 to 1000 guests, from 10 s on\n");
    return 2;
  }
  const folder = mkdtempSync(join(tmpdir(), "ballast-"));
  const guests: Guest[] = [];
  let broker: TestBroker | undefined;
  try {
    for (let i = 0; i < count; i++) guests.push(await startGuest(folder, `guest${i}`));
    broker = await TestBroker.start({
      ...{ folder, guests, accounting: "strict" },
      budgetMib: Math.round((count * FULL_BYTES * BUDGET_SHARE) / MIB),
    });
    const living = liveOn(guests);
    await sleep(WARM_UP_MS);
    const sinceMs = Date.now();
    const measured = await measure(broker, seconds);
    clearInterval(living);
    const moves = await movesOf(broker, guests, sinceMs);
    await broker.stop();
    print(count, seconds, measured, moves, yearOf(join(folder, "state", "history.db"), moves));
    return 0;
  } finally {
    await broker?.stop();
    for (const { qemu, agent } of guests) {
      agent.close();
      await qemu.close();
    }
    rmSync(folder, { recursive: true, force: true });
  }
}

async function startGuest(folder: string, name: string): Promise<Guest> {
  const [qmpPath, agentPath] = [join(folder, `${name}.qmp`), join(folder, `${name}.agent`)];
  const qemu = await FakeQemu.start({ path: qmpPath, memoryBytes: FULL_BYTES });
  return {
    name,
    qmpPath,
    agentPath,
    qemu,
    agent: await AgentPeer.listen(agentPath, FULL_BYTES, REPORT_EVERY_MS),
  };
}

/** Agents tell what their balloons did, and use more or less from time to time. */
function liveOn(guests: readonly Guest[]): NodeJS.Timeout {
  let turn = 0;
  return setInterval(() => {
    const changed = (guests.length * FOLLOW_EVERY_MS) / CHANGE_EVERY_MS;
    for (const [i, { qemu, agent }] of guests.entries()) {
      agent.actualBytes = qemu.machine.actualBytes;
      const isChanged = (i - turn * changed + guests.length * (turn + 1)) % guests.length < changed;
      if (isChanged) qemu.machine.usedBytes = agent.usedBytes = (60 + ((turn * 37 + i * 13) % 240)) * MIB;
    }
    turn += 1;
  }, FOLLOW_EVERY_MS);
}

interface Measured {
  /** Processor seconds. */
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  /** The most that was resident. */
  readonly mostBytes: number;
}

async function measure({ pid }: TestBroker, seconds: number): Promise<Measured> {
  const [beginMs, beginCpu] = [performance.now(), processorSeconds(pid)];
  let mostBytes = 0;
  for (let second = 0; second < seconds; second++) {
    await sleep(1_000);
    mostBytes = Math.max(mostBytes, residentBytes(pid) ?? 0);
  }
  const wallSeconds = (performance.now() - beginMs) / 1000;
  return { cpuSeconds: processorSeconds(pid) - beginCpu, wallSeconds, mostBytes };
}

/** Moves in an hour of all guests, from the history since a moment of the wall clock. */
async function movesOf(broker: TestBroker, guests: readonly Guest[], sinceMs: number): Promise<number> {
  let moves = 0;
  for (const { name } of guests)
    moves += (await broker.history(name)).moves.filter(({ atMs }) => atMs >= sinceMs).length;
  return (moves * 3_600_000) / (Date.now() - sinceMs);
}

/** Bytes of a file of a year, from the size of a row. */
function yearOf(path: string, movesAnHour: number): number {
  const store = new HistoryStore(path, GIB);
  const [newest] = store.rows(FINE, 0, Number.MAX_SAFE_INTEGER, 1);
  store.close();
  const rowBytes = newest?.row.length ?? 0;
  const rows = LEVELS.reduce((sum, { stepMs, keptMs }) => sum + keptMs / stepMs, 0);
  const peaks = (PEAKS_KEPT_MS / HOURS.stepMs) * rowBytes * (12 / GUEST_LENGTH);
  return rows * rowBytes + peaks + movesAnHour * MOVES_KEPT_HOURS * MOVE_BYTES;
}

function print(count: number, seconds: number, measured: Measured, moves: number, yearBytes: number): void {
  const { cpuSeconds, wallSeconds, mostBytes } = measured;
  const rows = [
    ["processor", figure((100 * cpuSeconds) / wallSeconds, 1, " % of a core"), "≤ 5 % of a core"],
    ["resident memory, the most", figure(mostBytes / MIB, 0, " MiB"), "≤ 200 MiB"],
    ["history on disk after a year", figure(yearBytes / GIB, 2, " GiB"), "≤ 1 GiB"],
  ];
  process.stdout.write(
    `${count} guests, each with an agent that reports each ${REPORT_EVERY_MS / 1000} s; ${seconds} s; ${Math.round(moves)} moves an hour\n`,
  );
  process.stdout.write(`${markdownTable(["what", "measured", "goal for 200 guests"], rows)}\n`);
}
