/** How far one broker goes: a real `ballastd`, real sockets and frames, more and more guests. `npm run bench:scale`. */
import { parseArgs } from "node:util";
import { MIB } from "../../../host/src/model/bytes.ts";
import { figure, markdownTable, quantile } from "../figures.ts";
import { type Histogram, quantileIn } from "../histogram.ts";
import { mostHandles } from "../process-figures.ts";
import { type Measured, measure } from "./measure.ts";

const CURVE = "100,200,500,1000,2000,5000";
const USAGE =
  "bench:scale -- --guests 100,1000 --seconds 20: numbers of guests up to 20000, and seconds at rest from 5 on; --profile FOLDER: a profile of the broker's processor is written there\n";
/** Each process has two sockets of a guest open, and the broker its QEMU's status as well; agents' and QEMUs' processes listen besides. */
const HANDLES_A_GUEST = 3;
const HANDLES_BESIDE = 200;
const GOALS = ["goal for 1,000", "10 s", "10 %", "250 MiB", "", "50 ms", "", "10 ms", "", "10 ms", "0"];
const HEAD = [
  "guests",
  "start, until all are seen",
  "processor at rest, of a core",
  "resident, the most",
  "tick p50",
  "tick p99",
  "one demand answered p50",
  "p99",
  "5 % at once p50",
  "p99",
  "not answered",
];

/** Prints a row for each number of guests; 0 when all could be measured. */
export async function benchScale(words: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      guests: { type: "string", default: CURVE },
      seconds: { type: "string", default: "20" },
      profile: { type: "string" },
    },
  });
  const [sizes, seconds] = [values.guests.split(",").map(Number), Number(values.seconds)];
  if (!sizes.every((size) => size >= 1 && size <= 20_000) || !(seconds >= 5)) {
    process.stderr.write(USAGE);
    return 2;
  }
  const measured: Measured[] = [];
  for (const size of sizes.filter(isWithinLimit)) {
    process.stderr.write(`${size} guests …\n`);
    const one = await measure(size, seconds, values.profile);
    process.stderr.write(`${stepsText(one)}\n`);
    measured.push(one);
  }
  process.stdout.write(`${markdownTable(HEAD, [...measured.map(rowOf), GOALS])}\n`);
  return measured.length === sizes.length ? 0 : 1;
}

function isWithinLimit(size: number): boolean {
  const [needed, most] = [size * HANDLES_A_GUEST + HANDLES_BESIDE, mostHandles()];
  if (needed <= most) return true;
  process.stderr.write(
    `${size} guests are left out: they need ${needed} open files in one process, and ${most} are allowed here (ulimit -Hn)\n`,
  );
  return false;
}

function rowOf({
  guests,
  startMs,
  restShare,
  residentBytes,
  ticks,
  demandMs,
  singleMs,
  unanswered,
}: Measured): string[] {
  return [
    guests.toLocaleString("en-US"),
    figure(startMs / 1000, 1, " s"),
    figure(100 * restShare, 1, " %"),
    figure(residentBytes / MIB, 0, " MiB"),
    millis(ticks.whole, 0.5),
    millis(ticks.whole, 0.99),
    figure(quantile(singleMs, 0.5), 1, " ms"),
    figure(quantile(singleMs, 0.99), 1, " ms"),
    figure(quantile(demandMs, 0.5), 1, " ms"),
    figure(quantile(demandMs, 0.99), 1, " ms"),
    String(unanswered),
  ];
}

function millis(histogram: Histogram, share: number): string {
  const seconds = quantileIn(histogram, share);
  return figure(seconds === undefined ? undefined : seconds * 1000, 0, " ms");
}

/** For who looks where a tick's time goes. */
function stepsText({ ticks }: Measured): string {
  const of = (step: keyof typeof ticks) => `${millis(ticks[step], 0.5)} and ${millis(ticks[step], 0.99)}`;
  return `ticks, p50 and p99: guests answer ${of("observe")}, decided and commanded ${of("decide")}, worked ${of("work")}`;
}
