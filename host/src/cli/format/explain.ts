/** `ballast explain GUEST`: one sentence, then each known number that led to it. */
import type { Verdict } from "../../model/plan.ts";
import type { Explanation, GuestStatus } from "../../model/status.ts";
import type { Paint } from "./paint.ts";
import { INHIBITED_TEXTS, REASON_TEXTS } from "./reasons.ts";
import { formatAge, formatSize, formatTime, splitSize } from "./sizes.ts";
import { type Cell, type Column, formatTable } from "./table.ts";

const COLUMNS: readonly Column[] = [
  { title: "NUMBER", align: "left" },
  { title: "VALUE", align: "right" },
  { title: "UNIT", align: "left" },
  { title: "MEANING", align: "left" },
];

/** Names of numbers: sizes, speeds, and plain counts a second. */
type NumberName = { [K in keyof Verdict]: Verdict[K] extends number | undefined ? K : never }[keyof Verdict];

/** In the order in which one follows from the other. */
const VERDICT_MEANINGS: readonly (readonly [NumberName & string, string])[] = [
  ["actualBytes", "what the guest has now: its size less the balloon"],
  ["availableBytes", "what the guest could still use without swapping"],
  ["usedBytes", "actual less available: what it could not give up"],
  ["doubtedBytes", "reported use that neither the host nor its balloon driver sees: not believed"],
  ["hotCacheBytes", "cache that it would read again at once"],
  ["missesPerSecond", "pages that it reads again after they were evicted: they decide about the hot cache"],
  ["growthBytesPerSecond", "its fastest growth lately"],
  ["headroomBytes", "what it can grow by until memory arrives"],
  ["vitalBytes", "used and headroom: what its programs cannot do without"],
  ["systemBytes", "what its operating system needs whatever runs in it: at least 1.5 GiB for Windows"],
  ["floorBytes", "used, hot cache and headroom, within min and max: not taken below unless all else fails"],
  ["forecastBytes", "what it uses in this hour on most days, or on this day of most weeks, by its history"],
  ["wantBytes", "the floor and some comfort, or the floor with the forecast use"],
  ["entitledBytes", "its share of the budget now: taken down to here, and no further"],
  ["giveBytes", "its share with a wider margin left free: given up to here. Between the two nothing moves"],
  ["leastBytes", "never taken below this while memory is as short as now"],
  ["deadBandBytes", "smaller changes are not worth it"],
  ["inflateBytesPerSecond", "how fast its balloon was seen to take memory"],
  ["inFlightBytes", "granted lately and perhaps not drawn yet"],
  ["owedBytes", "demanded and not granted yet"],
  ["targetBytes", "where the balloon shall go"],
  ["chargeBytes", "what it counts for in the budget"],
  ["exposureBytes", "what it could take without a demand"],
];

export function formatExplanation(explanation: Explanation, paint: Paint): string[] {
  const { guest, moves } = explanation;
  const history = moves.map((move) => `  ${formatTime(move.atMs)}  ${moveSizes(move)}  ${move.reason}`);
  return [
    ...sentences(explanation, paint),
    ...(guest.problem === undefined ? [] : [paint("bad", `Problem: ${guest.problem}.`)]),
    ...(guest.lift === undefined ? [] : [`Level: ${guest.level}. To lift it, ${guest.lift}.`]),
    "",
    ...formatTable(COLUMNS, numbersOf(explanation), paint),
    ...(history.length === 0 ? [] : ["", "last moves:", ...history]),
  ];
}

/** Sentences about its reason, its size, the host and what is known of it. */
export function sentences({ guest, verdict, regime }: Explanation, paint: Paint): string[] {
  const behind = verdict.detail === undefined ? verdict.reason : `${verdict.reason}: ${verdict.detail}`;
  return [
    `${paint("strong", guest.name)}: ${reasonText(verdict)} (${behind})`,
    [
      standing(verdict),
      regimeText(regime),
      sourceText(verdict, guest),
      pressureText(verdict),
      monitorText(guest),
    ]
      .filter((sentence) => sentence !== "")
      .join(" "),
  ];
}

/** The answer before the broker's first decision. */
function regimeText(regime: Explanation["regime"]): string {
  return regime === undefined ? "" : `The host's memory is ${regime}.`;
}

function moveSizes({ fromBytes, toBytes }: Explanation["moves"][number]): string {
  return fromBytes === undefined
    ? `to ${formatSize(toBytes)}`
    : `${formatSize(fromBytes)} -> ${formatSize(toBytes)}`;
}

/** A broker of another version may know other reasons. */
function reasonText({ reason, inhibition }: Verdict): string {
  const special = inhibition === undefined ? undefined : INHIBITED_TEXTS[inhibition];
  return special ?? REASON_TEXTS[reason] ?? "The broker gives a reason that this ballast does not know.";
}

function sourceText({ source }: Verdict, { agent }: GuestStatus): string {
  const age = agent.reportAgeMs === undefined ? "" : `, ${formatAge(agent.reportAgeMs)} ago`;
  const texts: Readonly<Record<string, string>> = {
    agent: `What it needs is known from its agent (${agent.version ?? "of unknown version"}${age}).`,
    "balloon-stats": "What it needs is guessed from the balloon's statistics.",
    none: "What it needs is not known.",
  };
  return texts[source] ?? "";
}

/** Only of a monitor that is shared. */
function monitorText({ monitor }: GuestStatus): string {
  if (monitor?.mode !== "lease") return "";
  const { worstWaitMs } = monitor;
  const waited = worstWaitMs === undefined ? "" : `: a command waited up to ${worstWaitMs} ms of late`;
  return `Its monitor is shared with the platform's tools${waited}.`;
}

function pressureText({ pressure = "none" }: Verdict): string {
  return pressure === "none" ? "" : `It feels ${pressure} memory pressure.`;
}

function standing({ actualBytes, targetBytes }: Verdict): string {
  if (actualBytes === undefined) return "What it has is not known.";
  const has = `It has ${formatSize(actualBytes)}`;
  if (targetBytes === undefined || targetBytes === actualBytes) return `${has} and keeps it.`;
  return `${has} and is to have ${formatSize(targetBytes)}.`;
}

/** Each known number: name, value, unit, meaning. */
export function numbersOf({ guest, verdict, ledger }: Explanation): Cell[][] {
  return [
    size("min", guest.minBytes, "guaranteed: never taken"),
    size("max", guest.maxBytes, "the most that it may have"),
    [row("shares", String(guest.shares), "", "its weight when there is not enough for all")],
    ...VERDICT_MEANINGS.map(([name, meaning]) =>
      name.includes("Bytes")
        ? size(shortName(name), verdict[name], meaning, name.endsWith("PerSecond"))
        : count(name, verdict[name], meaning),
    ),
    size("resident", guest.residentBytes, "what its QEMU process holds on the host"),
    size("budget", ledger?.budgetBytes, "what all guests together may use"),
    size("reserve", ledger?.reserveBytes, "kept free for the host and for guests in need"),
    size("burst", ledger?.burstBytes, "the most that guests demanded at once: the reserve is ready for it"),
    size("charged", ledger?.chargedBytes, "what all guests together count for"),
    size("free", ledger?.freeBytes, "what may be promised now"),
  ].flat();
}

/** One row, or none for what is not known. */
function size(name: string, bytes: number | undefined, meaning: string, isRate = false): Cell[][] {
  if (bytes === undefined) return [];
  const { value, unit } = splitSize(bytes);
  return [row(name, value, isRate ? `${unit}/s` : unit, meaning)];
}

/** A plain number of events each second. */
function count(name: string, perSecond: number | undefined, meaning: string): Cell[][] {
  if (perSecond === undefined) return [];
  return [row(name.replace(/PerSecond$/, ""), String(perSecond), "1/s", meaning)];
}

function row(...texts: readonly string[]): Cell[] {
  return texts.map((text) => ({ text }));
}

function shortName(field: string): string {
  return field.replace(/Bytes(PerSecond)?$/, "").replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
}
