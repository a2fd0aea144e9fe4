/** `ballast status`: the host in two lines, a table of guests, what is wrong beneath. */
import type { KsmStatus } from "../../model/ksm-status.ts";
import type { Mode } from "../../model/settings.ts";
import type { GuestStatus, HostStatus, Status } from "../../model/status.ts";
import type { Paint, Style } from "./paint.ts";
import { formatAge, formatShortSize, formatSize } from "./sizes.ts";
import { type Cell, type Column, formatTable } from "./table.ts";

const right = (title: string): Column => ({ title, align: "right" });
const left = (title: string): Column => ({ title, align: "left" });
const COLUMNS: readonly Column[] = [
  left("NAME"),
  left("STATE"),
  ...["ACTUAL", "TARGET", "USED", "FLOOR", "MIN", "MAX"].map(right),
  left("PRESSURE"),
  left("AGENT"),
  left("REASON"),
];

/** Shown where a guest's monitor is shared. */
const MONITOR_COLUMN = left("MONITOR");

const REGIME_STYLES: Readonly<Record<string, Style>> = {
  ample: "good",
  tight: "warn",
  scarce: "bad",
  critical: "bad",
};
const STATE_STYLES: Readonly<Record<string, Style>> = { unreachable: "bad", blind: "warn", held: "warn" };
const PRESSURE_STYLES: Readonly<Record<string, Style>> = { low: "warn", moderate: "warn", critical: "bad" };

export function formatStatus(status: Status, paint: Paint): string[] {
  const guests = status.guests;
  const table = guests.length === 0 ? ["no guests"] : formatGuests(guests, paint);
  const problems = guests.flatMap(problemsOf);
  return [
    ...formatHost(status, paint),
    "",
    ...table,
    ...(problems.length === 0 ? [] : ["", paint("bad", "problems:"), ...problems.map((line) => `  ${line}`)]),
  ];
}

function formatGuests(guests: readonly GuestStatus[], paint: Paint): string[] {
  if (guests.every(({ monitor }) => monitor?.mode !== "lease"))
    return formatTable(COLUMNS, guests.map(toRow), paint);
  const rows = guests.map((guest) => toRow(guest).toSpliced(-1, 0, { text: monitorText(guest) }));
  return formatTable(COLUMNS.toSpliced(-1, 0, MONITOR_COLUMN), rows, paint);
}

/** How its monitor is reached, and the longest that a command waited for it of late. */
function monitorText({ monitor }: GuestStatus): string {
  if (monitor === undefined) return "-";
  return monitor.worstWaitMs === undefined ? monitor.mode : `${monitor.mode} ${monitor.worstWaitMs} ms`;
}

/** The host in two lines, and what an admin should know of it. */
export function formatHost({ host, mode, ksm, guests }: Status, paint: Paint): string[] {
  const observed = observedText(mode, guests);
  return [
    ...[formatLedger(host, paint), formatMemory(host, ksm)],
    ...(observed === undefined ? [] : [paint("warn", observed)]),
    ...formatKsmTrouble(ksm, paint),
  ];
}

/** So many are named; of the others only the number is told. */
const MOST_NAMES = 5;

/** Which balloons are not moved; undefined: all are. */
function observedText(configured: Mode, guests: readonly GuestStatus[]): string | undefined {
  const isActing = ({ mode = configured }: GuestStatus) => mode === "act";
  const acting = guests.filter(isActing);
  if (acting.length === guests.length && (guests.length > 0 || configured === "act")) return undefined;
  if (acting.length === 0) return "mode observe: balloons are not moved; shown is what act would do";
  if (configured === "observe") return `mode observe: only the balloons of ${namesOf(acting)} are moved`;
  return `only observed, balloon not moved: ${namesOf(guests.filter((guest) => !isActing(guest)))}`;
}

function namesOf(guests: readonly GuestStatus[]): string {
  const names = guests.slice(0, MOST_NAMES).map(({ name }) => name);
  const more = guests.length - names.length;
  return more > 0 ? `${names.join(", ")} and ${more} more` : names.join(", ");
}

function formatLedger(host: HostStatus, paint: Paint): string {
  const { regime, accounting } = host;
  if (regime === undefined) return "host: no decision has been made yet";
  const sizes = [
    part("budget", host.budgetBytes),
    part("charged", host.chargedBytes, ` (${accounting})`),
    part("free", host.freeBytes),
    part("reserve", host.reserveBytes),
    part("resident", host.residentBytes),
  ];
  return `host ${paint(REGIME_STYLES[regime], regime)}: ${sizes.flat().join(", ")}`;
}

/** One size, or nothing for what is not known. */
function part(name: string, bytes: number | undefined, more = ""): string[] {
  return bytes === undefined ? [] : [`${name} ${formatSize(bytes)}${more}`];
}

function formatMemory(host: HostStatus, ksm: KsmStatus | undefined): string {
  const { availableBytes, totalBytes } = host;
  const isKnown = availableBytes !== undefined && totalBytes !== undefined;
  const sizes = isKnown
    ? `${formatSize(availableBytes)} available of ${formatSize(totalBytes)}`
    : "not known yet";
  const parts = [`memory: ${sizes}`];
  if (host.psiSomeAvg10 !== undefined) parts.push(`pressure ${host.psiSomeAvg10.toFixed(1)} %`);
  if (ksm !== undefined)
    parts.push(`KSM ${ksm.run === 1 ? "runs" : "rests"} and saves ${formatSize(ksm.savedBytes)}`);
  return parts.join(", ");
}

/** Which program controls KSM, if the broker should and does not, and what is wrong with its knobs. */
function formatKsmTrouble(ksm: KsmStatus | undefined, paint: Paint): string[] {
  if (ksm?.problem !== undefined) return [paint("bad", `KSM: ${ksm.problem}`)];
  if (ksm?.reason !== "rival" && ksm?.reason !== "foreign-change") return [];
  return [paint("warn", `KSM: ${ksm.text}`)];
}

function toRow(guest: GuestStatus): Cell[] {
  const sizes = [
    guest.actualBytes,
    guest.targetBytes,
    guest.usedBytes,
    guest.floorBytes,
    guest.minBytes,
    guest.maxBytes,
  ];
  return [
    { text: guest.name },
    { text: guest.state, style: STATE_STYLES[guest.state] },
    ...sizes.map((bytes): Cell => ({ text: formatShortSize(bytes) })),
    { text: guest.pressure ?? "-", style: PRESSURE_STYLES[guest.pressure ?? ""] },
    { text: agentText(guest), style: guest.agent.connected ? undefined : "warn" },
    { text: reasonText(guest) },
  ];
}

/** The inhibition is shown with its reason, and how long a manual target still holds; other details are for `explain`. */
function reasonText({ reason, detail, manual }: GuestStatus): string {
  const text = reason === "inhibited" && detail !== undefined ? `${reason}: ${detail}` : reason;
  if (manual?.leftMs === undefined) return text;
  return `${text}, ${reason === "manual" ? "" : "manual target "}${formatAge(manual.leftMs)} left`;
}

const SHORT_TRANSPORTS = { "virtio-serial": "virtio", websocket: "ws" } as const;

/** The agent's transport and version, and the age of its newest report or why there is none. */
function agentText({ agent }: GuestStatus): string {
  if (agent.transport === undefined) return "none";
  const age = agent.reportAgeMs === undefined ? undefined : formatAge(agent.reportAgeMs);
  const heard = agent.connected ? (age ?? "no report") : ["silent", age].filter(Boolean).join(" ");
  // The commit behind a plus sign is for `info`.
  const version = agent.version === undefined ? "" : ` ${agent.version.split("+")[0]}`;
  return `${SHORT_TRANSPORTS[agent.transport]}${version}, ${heard}`;
}

function problemsOf({ name, problem, oomKills = 0 }: GuestStatus): string[] {
  const lines = problem === undefined ? [] : [`${name}: ${problem}`];
  if (oomKills > 0)
    lines.push(`${name}: since it booted its kernel killed ${oomKills} times because it ran out of memory`);
  return lines;
}
