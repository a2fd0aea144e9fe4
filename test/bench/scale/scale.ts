/** How far one broker goes: a real `ballastd`, real sockets and frames, more and more guests. `npm run bench:scale`. */
import { parseArgs } from "node:util";
import { MOST_GUESTS } from "../../../host/src/config/schema.ts";
import { MIB } from "../../../host/src/model/bytes.ts";
import { natsProgram } from "../../testbed/nats.ts";
import { figure, markdownTable, quantile } from "../figures.ts";
import { type Histogram, quantileIn } from "../histogram.ts";
import { mostHandles } from "../process-figures.ts";
import { type FleetMeasured, measureFleet } from "./fleet.ts";
import { type Measured, measure } from "./measure.ts";

const CURVE = "100,200,500,1000,2000,4000";
const USAGE = `bench:scale -- --guests 100,1000 --seconds 60: numbers of guests up to ${MOST_GUESTS}, as many as a config may name, and seconds at rest from 5 on; --brokers 10 --guests 100: so many brokers of so many guests each, on one NATS server; --profile FOLDER: a profile of the broker's processor is written there\n`;
/** Each process has two sockets of a guest open, and the broker its QEMU's status as well; agents' and QEMUs' processes listen besides. */
const HANDLES_A_GUEST = 3;
const HANDLES_BESIDE = 200;
const GOALS = [
  "goal for 1,000",
  "10 s",
  "10 %",
  "250 MiB",
  "",
  "50 ms",
  "",
  "",
  "",
  "10 ms",
  "",
  "10 ms",
  "0",
];
const HEAD = [
  "guests",
  "start, until all are seen",
  "processor at rest, of a core",
  "resident, the most",
  "tick at rest p50",
  "p99",
  "of it worked p99",
  "decided and commanded p99",
  "one demand answered p50",
  "p99",
  "5 % at once p50",
  "p99",
  "not answered",
];

const FLEET_HEAD = ["a fleet", "median, most"];

/** Prints a row for each number of guests; 0 when all could be measured. */
export async function benchScale(words: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      guests: { type: "string", default: CURVE },
      seconds: { type: "string", default: "60" },
      profile: { type: "string" },
      brokers: { type: "string" },
    },
  });
  const [sizes, seconds] = [values.guests.split(",").map(Number), Number(values.seconds)];
  if (!sizes.every((size) => size >= 1 && size <= MOST_GUESTS) || !(seconds >= 5)) {
    process.stderr.write(USAGE);
    return 2;
  }
  if (values.brokers !== undefined) return benchFleet(Number(values.brokers), sizes[0] ?? 0, seconds);
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

/** Prints what many brokers on one NATS server cost. */
async function benchFleet(brokers: number, guestsEach: number, seconds: number): Promise<number> {
  if (!(brokers >= 1 && brokers <= 50)) {
    process.stderr.write(USAGE);
    return 2;
  }
  if (natsProgram() === undefined) {
    process.stderr.write("There is no nats-server on this machine: apt-get install nats-server\n");
    return 1;
  }
  process.stderr.write(`${brokers} brokers of ${guestsEach} guests …\n`);
  process.stdout.write(
    `${markdownTable(FLEET_HEAD, fleetRows(await measureFleet(brokers, guestsEach, seconds)))}\n`,
  );
  return 0;
}

function fleetRows(fleet: FleetMeasured): string[][] {
  const { brokers, restShares, residentBytes, natsShare, messagesPerSecond, bytesPerSecond, seenMs } = fleet;
  const both = (figures: readonly number[], digits: number, unit: string) =>
    [0.5, 1].map((share) => figure(quantile(figures, share), digits, unit)).join(", ");
  return [
    [
      "processor of a broker at rest, of a core",
      both(
        restShares.map((share) => 100 * share),
        1,
        " %",
      ),
    ],
    [
      "resident memory of a broker",
      both(
        residentBytes.map((bytes) => bytes / MIB),
        0,
        " MiB",
      ),
    ],
    ["processor of the NATS server", figure(100 * natsShare, 1, " %")],
    ["what a broker sends", figure(messagesPerSecond / brokers, 2, " messages/s")],
    ["the same in bytes", figure(bytesPerSecond / brokers / 1024, 1, " KiB/s")],
    [
      "a change of one host seen in the fleet",
      both(
        seenMs.map((ms) => ms / 1000),
        1,
        " s",
      ),
    ],
  ];
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
  restTicks,
  demandMs,
  singleMs,
  unanswered,
}: Measured): string[] {
  return [
    guests.toLocaleString("en-US"),
    figure(startMs / 1000, 1, " s"),
    figure(100 * restShare, 1, " %"),
    figure(residentBytes / MIB, 0, " MiB"),
    millis(restTicks.whole, 0.5),
    millis(restTicks.whole, 0.99),
    millis(restTicks.work, 0.99),
    millis(restTicks.decide, 0.99),
    figure(quantile(singleMs, 0.5), 1, " ms"),
    figure(quantile(singleMs, 0.99), 1, " ms"),
    figure(quantile(demandMs, 0.5), 1, " ms"),
    figure(quantile(demandMs, 0.99), 1, " ms"),
    String(unanswered),
  ];
}

function tenths(histogram: Histogram, share: number): string {
  const seconds = quantileIn(histogram, share);
  return figure(seconds === undefined ? undefined : seconds * 1000, 2, " ms");
}

function millis(histogram: Histogram, share: number): string {
  const seconds = quantileIn(histogram, share);
  return figure(seconds === undefined ? undefined : seconds * 1000, 0, " ms");
}

/** For who looks where the time of ticks and demands goes. */
function stepsText({ ticks, restTicks, singleDecisions, burstDecisions, sendingMs }: Measured): string {
  const told = (when: string, of: Measured["ticks"]) => {
    const both = (step: keyof typeof of) => `${millis(of[step], 0.5)} and ${millis(of[step], 0.99)}`;
    return `ticks ${when}, p50 and p99: guests answer ${both("observe")}, decided and commanded ${both("decide")}, worked ${both("work")}`;
  };
  const decided = (of: Histogram) => [0.5, 0.99].map((share) => tenths(of, share)).join(" and ");
  return [
    told("at rest", restTicks),
    told("between demands", ticks),
    `the broker's own part of a demand, frame read to answer and commands written, p50 and p99: alone ${decided(singleDecisions)}, at once ${decided(burstDecisions)} each`,
    `the agents' process was busy with sending 5 % at once for ${figure(quantile(sendingMs, 0.5), 1, " ms")}, p50`,
  ].join("\n");
}
