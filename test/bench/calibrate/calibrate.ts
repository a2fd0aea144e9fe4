/** Benchmark: the same small experiments on real guests and in the simulator, and how far apart they are. */
import { MIB } from "../../../host/src/model/bytes.ts";
import { skipReason } from "../../testbed/requirements.ts";
import { figure, markdownTable, median } from "../figures.ts";
import { wholeLoop } from "../latency.ts";
import * as real from "./real-guest.ts";
import { BURST_RATES, HOT_BYTES, type ReadSpeed, type Sizes, type Speeds, SQUEEZED_BYTES } from "./setup.ts";
import * as simulated from "./simulated.ts";

/** Touched as fast as the emulated guest can. */
const FULL_SPEED_BYTES_PER_SECOND = 200 * MIB;

/** Fewer misses than this tell nothing of how much is missing. */
const LEAST_MISS_SHARE = 0.02;

/** One line: the same quantity on both sides. */
interface Line {
  readonly what: string;
  readonly unit: string;
  readonly real: number | undefined;
  readonly simulated: number | undefined;
}

const PARTS: Readonly<Record<string, () => Promise<Line[]>>> = {
  balloon: async () =>
    balloonLines(await real.withGuest("balloon", real.balloonSpeeds), simulated.balloonSpeeds()),
  sizes: async () => sizeLines(await real.withGuest("sizes", real.sizes), simulated.sizes()),
  kills: () => real.withGuest("kills", (guest) => killLines((rate) => real.killMs(guest, rate))),
  cache: async () => readLines(await real.withGuest("cache", real.readSpeeds, true), simulated.readSpeeds()),
  loop: async () => [
    {
      what: "agent's demand -> memory seen, in a burst at full speed",
      unit: "ms",
      real: median(await wholeLoop()),
      simulated: simulated.roundTripMs(FULL_SPEED_BYTES_PER_SECOND),
    },
  ],
};

/** Prints one table; words on the command line choose parts of it. 0 when everything could be measured. */
export async function benchCalibrate(parts: readonly string[]): Promise<number> {
  const reason = skipReason();
  if (reason !== undefined) {
    process.stderr.write(`bench:calibrate needs real guests; ${reason}\n`);
    return 1;
  }
  const names = parts.length > 0 ? parts : Object.keys(PARTS);
  const unknown = names.find((name) => PARTS[name] === undefined);
  if (unknown !== undefined) {
    process.stderr.write(`no part ${unknown}; there are ${Object.keys(PARTS).join(", ")}\n`);
    return 2;
  }
  const lines: Line[] = [];
  for (const name of names) {
    process.stderr.write(`measuring: ${name}\n`);
    const found = (await PARTS[name]?.()) ?? [];
    for (const line of found) process.stderr.write(`  ${row(line).join(", ")}\n`);
    lines.push(...found);
  }
  const head = ["what", "real guest", "simulated", "error"];
  process.stdout.write(`${markdownTable(head, lines.map(row))}\n`);
  return lines.every((line) => line.real !== undefined && line.simulated !== undefined) ? 0 : 1;
}

function row({ what, unit, real, simulated }: Line): string[] {
  const error =
    real === undefined || simulated === undefined || real === 0 ? undefined : simulated / real - 1;
  const digits = Math.abs(real ?? 0) < 10 ? 1 : 0;
  const sign = (error ?? 0) > 0 ? "+" : "";
  return [
    what,
    figure(real, digits, ` ${unit}`),
    figure(simulated, digits, ` ${unit}`),
    error === undefined ? "-" : `${sign}${figure(error * 100, 1, " %")}`,
  ];
}

function balloonLines(real: Speeds, simulated: Speeds): Line[] {
  const line = (what: string, of: (speeds: Speeds) => number) => ({
    what,
    unit: "MiB/s",
    real: of(real) / MIB,
    simulated: of(simulated) / MIB,
  });
  return [
    line("balloon takes memory that was touched before", (speeds) => speeds.inflateBytesPerSecond),
    line("balloon returns it", (speeds) => speeds.deflateBytesPerSecond),
  ];
}

function sizeLines(real: readonly Sizes[], simulated: readonly Sizes[]): Line[] {
  return real.map(({ sizeBytes, availableBytes }) => ({
    what: `MemAvailable of an idle guest of ${sizeBytes / MIB} MiB`,
    unit: "MiB",
    real: availableBytes / MIB,
    simulated: mib(simulated.find((one) => one.sizeBytes === sizeBytes)?.availableBytes),
  }));
}

function mib(bytes: number | undefined): number | undefined {
  return bytes === undefined ? undefined : bytes / MIB;
}

async function killLines(realMs: (rate: number) => Promise<number | undefined>): Promise<Line[]> {
  const lines: Line[] = [];
  for (const rate of BURST_RATES) {
    lines.push({
      what: `first touch -> OOM kill at ${SQUEEZED_BYTES / MIB} MiB, ${rate / MIB} MiB/s`,
      unit: "ms",
      real: await realMs(rate),
      simulated: simulated.killMs(rate),
    });
  }
  return lines;
}

function readLines(real: readonly ReadSpeed[], simulated: readonly ReadSpeed[]): Line[] {
  const speeds = real.map(({ sizeBytes, readsPerSecond }) => ({
    what: `random reads over 150 MiB in ${sizeBytes / MIB} MiB`,
    unit: "/s",
    real: readsPerSecond,
    simulated: simulated.find((one) => one.sizeBytes === sizeBytes)?.readsPerSecond,
  }));
  return [
    ...speeds,
    {
      what: "memory beside the cached part of the set, where it does not fit",
      unit: "MiB",
      real: mib(besideCacheBytes(real)),
      simulated: mib(besideCacheBytes(simulated)),
    },
  ];
}

/** What a reader's guest needs beside what is cached of its set, which the share of misses tells: the median over sizes below the cliff. */
function besideCacheBytes(speeds: readonly ReadSpeed[]): number | undefined {
  const misses = speeds.map((one) => ({ ...one, share: one.refaultsPerSecond / one.readsPerSecond }));
  const missing = misses.filter(({ share }) => share > LEAST_MISS_SHARE);
  return median(missing.map(({ sizeBytes, share }) => sizeBytes - HOT_BYTES * (1 - share)));
}
