/** What `ballast report` says, in words: the terminal and the page in a file show the same. Pure. */
import type {
  GuestReportLine,
  HistoryReport,
  KillAnswers,
  Moment,
  ProxmoxComparison,
} from "../../model/history.ts";
import type { GuestStatus, Status } from "../../model/status.ts";
import { formatShortSize, formatSize, formatTime } from "../format/sizes.ts";
import type { Column } from "../format/table.ts";

const HOUR_MS = 3_600_000;

/** A fact, and what it is made of. */
export interface Fact {
  readonly text: string;
  readonly details: readonly string[];
}

export interface ReportContent {
  /** From when to when, and how much of it was measured. */
  readonly period: string;
  readonly lending: readonly Fact[];
  readonly kills: Fact;
  readonly proxmox: Fact;
  /** `share` is of the largest. */
  readonly hours: readonly { readonly hour: string; readonly size: string; readonly share: number }[];
  readonly rows: readonly (readonly string[])[];
  /** How many guests are only observed. */
  readonly observed: string;
  readonly needs: readonly string[];
}

export const GUEST_COLUMNS: readonly Column[] = [
  { title: "NAME", align: "left" },
  { title: "LENDABLE", align: "right" },
  { title: "ACT TAKES", align: "right" },
  { title: "BELOW FLOOR", align: "right" },
  { title: "BY", align: "right" },
  { title: "KILLS", align: "right" },
  { title: "KNOWN", align: "right" },
];

/** What the columns mean. */
export const GUEST_LEGEND: readonly string[] = [
  "ACT TAKES: the most that act would have taken of a guest that was only observed: in tight down to",
  "its want, in scarce to its floor. BELOW FLOOR: how long it had less than its floor, BY: how much at most.",
  "KNOWN: the part of its time in which its need was known.",
];

export const NOTHING_REMEMBERED = "nothing is remembered of this time yet: ask again in a minute";

/** Undefined: nothing is remembered of the time. */
export function reportContent(report: HistoryReport, status: Status): ReportContent | undefined {
  const { firstMs, untilMs, measuredMs, guests } = report;
  if (firstMs === undefined) return undefined;
  const kills = guests.reduce((all, { oomKills }) => all + oomKills, 0);
  return {
    period: `from ${formatTime(firstMs)} to ${formatTime(untilMs)}: ${hours(measuredMs)} were measured`,
    lending: lendingFacts(report),
    kills: { text: `OOM kills seen in guests: ${kills}`, details: killDetails(report.kills) },
    proxmox: proxmoxFact(report.proxmox),
    hours: hoursOf(report),
    rows: guests.map(row),
    observed: observedText(status),
    needs: status.guests.flatMap(needsOf),
  };
}

function lendingFacts({
  meanLendableBytes,
  meanLentBytes,
  most,
  least,
  regimes,
  measuredMs,
}: HistoryReport): Fact[] {
  const parts = Object.entries(regimes).map(
    ([regime, ms]) => `${regime} ${Math.round((ms / Math.max(1, measuredMs)) * 100)} %`,
  );
  return [
    {
      text: `could be lent (max less want): ${formatSize(meanLendableBytes)} on average`,
      details: [...momentText("most", most), ...momentText("least", least)],
    },
    { text: `was lent (max less actual): ${formatSize(meanLentBytes)} on average`, details: [] },
    ...(parts.length === 0 ? [] : [{ text: `the host's memory was: ${parts.join(", ")}`, details: [] }]),
  ];
}

function momentText(name: string, moment: Moment | undefined): string[] {
  return moment === undefined ? [] : [`${name}: ${formatSize(moment.bytes)} at ${formatTime(moment.atMs)}`];
}

const KILL_TEXTS: Readonly<Record<keyof KillAnswers, string>> = {
  met: "with room on the host for all that the balloon had: a demand would have met them",
  metInPart: "with room on the host for a part of it",
  hostShort: "with nothing left on the host",
  atMaximum: "at the guest's maximum, where no demand helps",
  unknown: "of which the steps do not tell enough",
};

function killDetails(kills: KillAnswers): string[] {
  return (Object.keys(KILL_TEXTS) as (keyof KillAnswers)[])
    .filter((answer) => kills[answer] > 0)
    .map((answer) => `${kills[answer]} ${KILL_TEXTS[answer]}`);
}

const PROXMOX_TEXTS = [
  ["withholdsMs", "act would give, it does not"],
  ["takesNeededMs", "it takes, act would leave"],
  ["leavesIdleMs", "act would take what is idle, it does not"],
  ["givesMoreMs", "it gives, act would leave"],
  ["belowFloorMs", "it takes below a guest's floor"],
] as const;

/** Proxmox's rule beside `act`, in shares of the guests' time. */
function proxmoxFact(proxmox: ProxmoxComparison | undefined): Fact {
  if (proxmox === undefined)
    return { text: "Proxmox's rule: not compared, the steps do not tell what it goes by", details: [] };
  const { comparedMs, mostBelowFloor: most } = proxmox;
  const share = (ms: number) => `${((ms / comparedMs) * 100).toFixed(1)} %`;
  const worst = most && `, at most by ${formatSize(most.bytes)} of ${most.name} at ${formatTime(most.atMs)}`;
  return {
    text: `Proxmox's rule in the same time: agrees with act in ${share(proxmox.agreeMs)} of the guests' time`,
    details: PROXMOX_TEXTS.filter(([field]) => proxmox[field] > 0).map(
      ([field, words]) =>
        `${share(proxmox[field]).padStart(7)}  ${words}${field === "belowFloorMs" ? (worst ?? "") : ""}`,
    ),
  };
}

function hoursOf({ lendableByHour }: HistoryReport): ReportContent["hours"] {
  const most = Math.max(1, ...lendableByHour.map(({ meanBytes }) => meanBytes));
  return lendableByHour.map(({ hour, meanBytes }) => ({
    hour: `${String(hour).padStart(2, "0")}:00`,
    size: formatShortSize(meanBytes),
    share: meanBytes / most,
  }));
}

function row(guest: GuestReportLine): string[] {
  const { name, meanLendableBytes, mostTaken, belowFloorMs, mostBelowFloor, oomKills } = guest;
  const known = guest.measuredMs === 0 ? 0 : 1 - guest.unknownMs / guest.measuredMs;
  return [
    name,
    formatShortSize(meanLendableBytes),
    formatShortSize(mostTaken?.bytes),
    belowFloorMs === 0 ? "-" : hours(belowFloorMs),
    formatShortSize(mostBelowFloor?.bytes),
    String(oomKills),
    `${Math.round(known * 100)} %`,
  ];
}

/** As the guests are now. */
function observedText({ mode, guests }: Status): string {
  const observed = guests.filter(({ mode: own = mode }) => own === "observe").length;
  return `${observed} of ${guests.length} guests are only observed; ballast act GUEST lets the broker move one.`;
}

function needsOf({ name, agent, state, problem, lift }: GuestStatus): string[] {
  if (state === "excluded") return [`${name}: is left alone`];
  return [
    ...(problem === undefined ? [] : [`${name}: ${problem}`]),
    ...(agent.connected ? [] : [`${name}: no agent is connected${lift === undefined ? "" : `; ${lift}`}`]),
  ];
}

function hours(ms: number): string {
  return ms < HOUR_MS ? `${Math.round(ms / 60_000)} min` : `${(ms / HOUR_MS).toFixed(1)} h`;
}
