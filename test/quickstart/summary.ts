/** Owns what is said at the end: figures, what they mean, and how to go on; pure. */
import type { Paint } from "../../host/src/cli/format/paint.ts";
import { type Figures, isFine, type Lender } from "./figures.ts";
import type { Outcome } from "./outcome.ts";
import { BURSTING_GUEST, GUEST_MIB, type Pace, TUNING } from "./plot.ts";
import type { Stage } from "./stage.ts";
import { mib } from "./view.ts";

const LABEL_WIDTH = 18;

/** The summary, one string a line. */
export function summary(
  kind: Stage["kind"],
  pace: Pace,
  { oomKills }: Outcome,
  figures: Figures,
  paint: Paint,
): string[] {
  const kills = Object.entries(oomKills).map(([name, count]) => `${name} ${count}`);
  const { mebibytes, mebibytesPerSecond } = pace.burst;
  const line = (label: string, text: string) => `  ${label.padEnd(LABEL_WIDTH)}${text}`;
  return [
    "",
    paint("strong", `Summary, ${guestsInWords(kind)}`),
    line("killed", `${kills.join(", ")} (counters of the guests' ${kernels(kind)})`),
    line("budget", budgetText(figures, pace)),
    line("burst", `${mebibytes} MiB at ${mebibytesPerSecond} MiB/s in ${BURSTING_GUEST}: ${endOf(figures)}`),
    line("demand to memory", demandText(figures)),
    line(`lent to ${BURSTING_GUEST}`, lentText(figures)),
    ...figures.lenders.map((lender) => line(`given by ${lender.name}`, givenText(lender))),
    "",
    ...withoutBallast(kind, pace, figures),
    timesText(),
    paint(isFine(figures) ? "good" : "bad", verdict(figures)),
  ];
}

/** How to look at what was left running, and how to end it. */
export function keepText(stage: Stage, node: string): string[] {
  const cli = `${node} host/dist/cli/main.js --socket ${stage.broker.socketPath}`;
  return [
    "",
    "Guests and broker run on. Look at them, from the repository's folder:",
    `  ${cli} status`,
    `  ${cli} explain ${BURSTING_GUEST}`,
    `  ${cli} events --follow`,
    ...endText(stage),
  ];
}

function endText({ kind, pids, folder }: Stage): string[] {
  if (kind === "simulated")
    return ["Simulated guests live in this process: Ctrl-C ends them and the broker."];
  return ["End them (the broker stands first):", `  kill ${pids.join(" ")}; rm -rf ${folder}`];
}

function guestsInWords(kind: Stage["kind"]): string {
  if (kind === "simulated") return "SIMULATED guests: nothing here was measured on a real one";
  return `real guests (QEMU, ${GUEST_MIB} MiB each, deflate-on-oom off)`;
}

function kernels(kind: Stage["kind"]): string {
  return kind === "real" ? "kernels" : "simulated kernels";
}

function budgetText({ budgetBytes, peakHeldBytes, budgetKept }: Figures, pace: Pace): string {
  const peak = `the host held at most ${mib(peakHeldBytes)} MiB for them`;
  const kept = budgetKept ? "kept" : "BROKEN";
  return `${mib(budgetBytes)} MiB, ${kept}: ${peak} (observed every ${pace.observeEveryMs} ms)`;
}

function endOf({ burstFinished, killed }: Figures): string {
  if (burstFinished) return "finished";
  return killed ? "KILLED" : "did not finish in time";
}

function demandText({ demandToMemoryMs, beforeBytes, mostBytes }: Figures): string {
  if (demandToMemoryMs === undefined && mostBytes > beforeBytes)
    return `none was needed: ${BURSTING_GUEST} was given memory as it grew`;
  if (demandToMemoryMs === undefined) return `${BURSTING_GUEST} had enough and did not demand`;
  return `${demandToMemoryMs} ms from ${BURSTING_GUEST}'s first demand until it had more, measured inside it`;
}

function lentText({ beforeBytes, mostBytes }: Figures): string {
  if (mostBytes <= beforeBytes) return `nothing: it still had the ${mib(beforeBytes)} MiB that it began with`;
  const most = `${mib(mostBytes - beforeBytes)} MiB at most`;
  return `${most}: it had ${mib(beforeBytes)} MiB before the burst and ${mib(mostBytes)} MiB at its height`;
}

function givenText({ firstBytes, beforeBytes, leastBytes, lastBytes }: Lender): string {
  const given = `${mib(firstBytes - leastBytes)} MiB, ${mib(beforeBytes - leastBytes)} of it for the burst`;
  return `${given}; has ${mib(lastBytes - leastBytes)} MiB of it back by now`;
}

/** Figures of earlier measurements, named as such; the second sentence is arithmetic on what was just seen. */
function withoutBallast(kind: Stage["kind"], pace: Pace, { beforeBytes, mostUsedBytes }: Figures): string[] {
  const where = kind === "real" ? "guests like these" : "real guests";
  const measured = [
    `Without Ballast (measured earlier, not run here): on ${where}, squeezed to 200 MiB with deflate-on-oom off, a process`,
    "taking 280 MB was killed at 16 MB/s under Proxmox's balancing rule, at 4 MB/s under oVirt MOM's, and at 20 MB/s with",
    `no controller; the burst here ran at ${pace.burst.mebibytesPerSecond} MiB/s.`,
  ];
  if (mostUsedBytes <= beforeBytes) return measured;
  const least = `The ${mib(beforeBytes)} MiB that ${BURSTING_GUEST} had before it cannot hold the ${mib(mostUsedBytes)} MiB that it used.`;
  return [...measured, least];
}

function timesText(): string {
  const times = Object.entries(TUNING).map(([key, value]) => `${key} ${value}`);
  return `The broker's times were shortened to fit the story into a minute: ${times.join(", ")}.`;
}

function verdict(figures: Figures): string {
  if (isFine(figures)) return "Nobody was killed, and the budget was kept.";
  const wrong = [
    ...(figures.killed ? ["a program was killed because memory ran out"] : []),
    ...(figures.budgetKept ? [] : ["the budget was not kept"]),
    ...(figures.burstFinished ? [] : ["the burst did not finish"]),
  ];
  return `Not as promised: ${wrong.join(", ")}.`;
}
