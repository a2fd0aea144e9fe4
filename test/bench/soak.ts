/** Whether a broker grows: a real `ballastd` and 200 guests that work, demand, and come and go. `npm run soak -- MINUTES`. */
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { MIB } from "../../host/src/model/bytes.ts";
import { DEFAULT_TUNING } from "../../host/src/model/settings.ts";
import { TestBroker } from "../testbed/broker.ts";
import { residentBytes } from "../testbed/host.ts";
import { openHandles } from "./process-figures.ts";
import { Crowd } from "./scale/crowd.ts";
import { growthOf, type SoakSample } from "./soak-verdict.ts";

const GUESTS = 200;
const MINUTES = 60;
const FULL_BYTES = 512 * MIB;
const BUDGET_SHARE = 0.75;
const REPORT_EVERY_MS = DEFAULT_TUNING.staleAfterMs / 4;
const MINUTE_MS = 60_000;
/** Of each minute, so that the balloons have followed and connections stand when the figures are read. */
const WORK_MS = 30_000;
/** In each minute so many guests use more or less, demand, and hang up with their QEMUs and agents. */
const CHANGES = 20;
const DEMANDS = 10;
const HANG_UPS = 5;
const NEED_BYTES = 32 * MIB;

/** Prints a line a minute and what grew; 0 when nothing did. */
export async function soak(words: readonly string[]): Promise<number> {
  const minutes = Number(words[0] ?? MINUTES);
  if (!(Number.isInteger(minutes) && minutes >= 1 && minutes <= 24 * 60)) {
    process.stderr.write("soak -- MINUTES: 1 to 1440, 60 if left out\n");
    return 2;
  }
  const folder = mkdtempSync(join(tmpdir(), "bl-"));
  const crew = {
    folder,
    first: 0,
    count: GUESTS,
    fullBytes: FULL_BYTES,
    sizeBytes: FULL_BYTES * BUDGET_SHARE,
  };
  const crowd = await Crowd.start({ ...crew, usedBytes: 100 * MIB, reportEveryMs: REPORT_EVERY_MS });
  let broker: TestBroker | undefined;
  try {
    broker = await TestBroker.start({
      ...{ folder, guests: crowd.guests, accounting: "strict" },
      budgetMib: Math.round((GUESTS * FULL_BYTES * BUDGET_SHARE) / MIB),
    });
    const samples: SoakSample[] = [];
    // What the start takes is no growth: the first minute is before the first line.
    await minuteOf(crowd, 0);
    for (let minute = 0; minute <= minutes; minute++) {
      if (minute > 0) await minuteOf(crowd, minute);
      const sample = await sampleOf(broker, folder);
      samples.push(sample);
      process.stdout.write(`${lineOf(minute, sample)}\n`);
    }
    const grown = growthOf(samples);
    for (const text of grown) process.stdout.write(`GREW: ${text}\n`);
    const verdict = `${minutes} minutes, ${GUESTS} guests, ${minutes * HANG_UPS * 2} connections ended and made anew`;
    process.stdout.write(`${grown.length === 0 ? "nothing grew beyond its bound" : "it grew"}: ${verdict}\n`);
    return grown.length === 0 ? 0 : 1;
  } finally {
    await broker?.stop();
    await crowd.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Work for half a minute, then rest for the other half. */
async function minuteOf(crowd: Crowd, minute: number): Promise<void> {
  const beganAtMs = performance.now();
  const some = (count: number, step: number) =>
    Array.from({ length: count }, (_, i) => (minute * count * step + i * step) % GUESTS);
  crowd.use(
    some(CHANGES, 7).map((guest, i) => [guest, (60 + ((minute * 37 + i * 13) % 200)) * MIB] as const),
  );
  crowd.hangUp(some(HANG_UPS, 11));
  await sleep(WORK_MS / 2);
  await crowd.demand(some(DEMANDS, 3), NEED_BYTES);
  await sleep(beganAtMs + MINUTE_MS - performance.now());
}

async function sampleOf(broker: TestBroker, folder: string): Promise<SoakSample> {
  const { guests } = await broker.status();
  return {
    residentBytes: residentBytes(broker.pid) ?? 0,
    handles: openHandles(broker.pid),
    historyBytes: sizesOf(join(folder, "state", "history.db")),
    logBytes: statSync(broker.logPath).size,
    agents: guests.filter(({ agent }) => agent?.connected === true).length,
  };
}

/** The database with what is not written into it yet. */
function sizesOf(path: string): number {
  const files = ["", "-wal"].map((end) => path + end).filter((file) => existsSync(file));
  return files.reduce((sum, file) => sum + statSync(file).size, 0);
}

function lineOf(minute: number, sample: SoakSample): string {
  const mib = (bytes: number) => (bytes / MIB).toFixed(1);
  const { residentBytes: resident, handles, historyBytes, logBytes, agents } = sample;
  return `minute ${minute}: resident ${mib(resident)} MiB, ${handles} handles, history ${mib(historyBytes)} MiB, log ${mib(logBytes)} MiB, ${agents} agents heard`;
}
