/** `ballast report`: what the history says could be lent, which guests lacked memory, and what `act` would need. */
import type {
  GuestReportLine,
  HistoryReport,
  KillAnswers,
  Moment,
  ProxmoxComparison,
} from "../../model/history.ts";
import type { GuestStatus, Status } from "../../model/status.ts";
import type { Paint } from "./paint.ts";
import { formatShortSize, formatSize, formatTime } from "./sizes.ts";
import { type Cell, type Column, formatTable } from "./table.ts";

const HOUR_MS = 3_600_000;
const BAR = 40;
const COLUMNS: readonly Column[] = [
  { title: "NAME", align: "left" },
  { title: "LENDABLE", align: "right" },
  { title: "ACT TAKES", align: "right" },
  { title: "BELOW FLOOR", align: "right" },
  { title: "BY", align: "right" },
  { title: "KILLS", align: "right" },
  { title: "KNOWN", align: "right" },
];

export function formatReport(report: HistoryReport, status: Status, paint: Paint): string[] {
  const { firstMs, measuredMs, guests } = report;
  if (firstMs === undefined) return ["nothing is remembered of this time yet: ask again in a minute"];
  const kills = guests.reduce((all, { oomKills }) => all + oomKills, 0);
  return [
    `${paint("strong", "report")} from ${formatTime(firstMs)} to ${formatTime(report.untilMs)}: ${hours(measuredMs)} were measured`,
    "",
    `could be lent (max less want): ${formatSize(report.meanLendableBytes)} on average`,
    ...momentText("  most", report.most),
    ...momentText("  least", report.least),
    `was lent (max less actual): ${formatSize(report.meanLentBytes)} on average`,
    ...regimesText(report),
    `OOM kills seen in guests: ${kills}${killsText(report.kills)}`,
    ...proxmoxText(report.proxmox),
    "",
    paint("faint", "could be lent, by hour of the day:"),
    ...bars(report),
    "",
    ...formatTable(COLUMNS, guests.map(row), paint),
    ...LEGEND.map((line) => paint("faint", line)),
    ...needs(status, paint),
  ];
}

const LEGEND = [
  "ACT TAKES: the most that act would have taken of a guest that was only observed: in tight down to",
  "its want, in scarce to its floor. BELOW FLOOR: how long it had less than its floor, BY: how much at most.",
  "KNOWN: the part of its time in which its need was known.",
];

function row(guest: GuestReportLine): Cell[] {
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
  ].map((text) => ({ text }));
}

function bars({ lendableByHour }: HistoryReport): string[] {
  const most = Math.max(1, ...lendableByHour.map(({ meanBytes }) => meanBytes));
  return lendableByHour.map(({ hour, meanBytes }) => {
    const bar = "#".repeat(Math.round((meanBytes / most) * BAR));
    return `  ${String(hour).padStart(2, "0")}:00 ${formatShortSize(meanBytes).padStart(9)} ${bar}`;
  });
}

function momentText(name: string, moment: Moment | undefined): string[] {
  return moment === undefined ? [] : [`${name}: ${formatSize(moment.bytes)} at ${formatTime(moment.atMs)}`];
}

function regimesText({ regimes, measuredMs }: HistoryReport): string[] {
  const parts = Object.entries(regimes).map(
    ([regime, ms]) => `${regime} ${Math.round((ms / Math.max(1, measuredMs)) * 100)} %`,
  );
  return parts.length === 0 ? [] : [`the host's memory was: ${parts.join(", ")}`];
}

const KILL_TEXTS: Readonly<Record<keyof KillAnswers, string>> = {
  met: "with room on the host for all that the balloon had: a demand would have met them",
  metInPart: "with room on the host for a part of it",
  hostShort: "with nothing left on the host",
  atMaximum: "at the guest's maximum, where no demand helps",
  unknown: "of which the steps do not tell enough",
};

function killsText(kills: KillAnswers): string {
  const parts = (Object.keys(KILL_TEXTS) as (keyof KillAnswers)[])
    .filter((answer) => kills[answer] > 0)
    .map((answer) => `\n  ${kills[answer]} ${KILL_TEXTS[answer]}`);
  return parts.join("");
}

/** Proxmox's rule beside `act`, in shares of the guests' time. */
export function proxmoxText(proxmox: ProxmoxComparison | undefined): string[] {
  if (proxmox === undefined) return ["Proxmox's rule: not compared, the steps do not tell what it goes by"];
  const { comparedMs, belowFloorMs, mostBelowFloor: most } = proxmox;
  const share = (ms: number) => `${((ms / comparedMs) * 100).toFixed(1)} %`;
  const worst = most && `, at most by ${formatSize(most.bytes)} of ${most.name} at ${formatTime(most.atMs)}`;
  return [
    `Proxmox's rule in the same time: agrees with act in ${share(proxmox.agreeMs)} of the guests' time`,
    ...PROXMOX_TEXTS.flatMap(([field, words]) =>
      proxmox[field] === 0 ? [] : [`  ${share(proxmox[field]).padStart(7)}  ${words}`],
    ),
    ...(belowFloorMs === 0
      ? []
      : [`  ${share(belowFloorMs).padStart(7)}  it takes below a guest's floor${worst ?? ""}`]),
  ];
}

const PROXMOX_TEXTS = [
  ["withholdsMs", "act would give, it does not"],
  ["takesNeededMs", "it takes, act would leave"],
  ["leavesIdleMs", "act would take what is idle, it does not"],
  ["givesMoreMs", "it gives, act would leave"],
] as const;

/** As the guests are now. */
function needs({ mode, guests }: Status, paint: Paint): string[] {
  const lines = guests.flatMap(needsOf);
  const observed = guests.filter(({ mode: own = mode }) => own === "observe").length;
  return [
    "",
    `${observed} of ${guests.length} guests are only observed; ballast act GUEST lets the broker move one.`,
    ...(lines.length === 0
      ? []
      : [paint("warn", "what act would need now:"), ...lines.map((line) => `  ${line}`)]),
  ];
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
