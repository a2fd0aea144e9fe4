/** Owns how one moment of the story looks: a frame for terminals, a line for logs; pure. */
import type { Paint, Style } from "../../host/src/cli/format/paint.ts";
import { formatTime } from "../../host/src/cli/format/sizes.ts";
import { clamp, MIB } from "../../host/src/model/bytes.ts";
import type { BrokerEvent } from "../../host/src/model/events.ts";
import type { GuestStatus } from "../../host/src/model/status.ts";
import { heldTogether, type Picture } from "./observation.ts";

const NEWEST_EVENTS = 5;
const NARROWEST_COLUMNS = 72;
const WIDEST_COLUMNS = 120;
const NAME_WIDTH = 6;
/** What stands beside a bar. */
const FIGURES_WIDTH = 46;
const COLUMNS = ["used", "has", "max", "held"] as const;
const COLUMN_WIDTH = 6;
const TIME_OF_DAY = "hh:mm:ss".length;

const REGIME_STYLES: Readonly<Record<string, Style>> = {
  ample: "good",
  tight: "warn",
  scarce: "bad",
  critical: "bad",
};

/** One part of a bar. */
interface Stretch {
  readonly bytes: number;
  readonly letter: string;
  readonly style: Style | undefined;
}

/** The whole view, one string a line, none wider than `columns`. */
export function frame(picture: Picture, columns: number, paint: Paint): string[] {
  const width = clamp(columns, NARROWEST_COLUMNS, WIDEST_COLUMNS) - 1;
  const barWidth = width - NAME_WIDTH - FIGURES_WIDTH;
  const title = `Ballast quickstart, ${picture.kind} guests`;
  const clock = formatClock(picture.atMs);
  return [
    `${paint("strong", title)}${clock.padStart(width - title.length)}`,
    cut(picture.headline, width),
    "",
    paint("faint", `${" ".repeat(NAME_WIDTH + barWidth)}${COLUMNS.map(column).join("")} MiB`),
    ...picture.status.guests.map((guest) => guestLine(guest, picture.heldBytes[guest.name], barWidth, paint)),
    paint("faint", `${" ".repeat(NAME_WIDTH)}█ in use  ▒ free to use  ░ taken by the balloon`),
    "",
    ...hostLines(picture, barWidth, paint),
    "",
    ...eventLines(picture.events, width, paint),
  ];
}

/** Everything in one line without colour. */
export function plainLine(picture: Picture): string {
  const { host, guests } = picture.status;
  const figures = guests.map(
    ({ name, usedBytes, actualBytes }) => `${name} ${mib(usedBytes)}/${mib(actualBytes)}`,
  );
  const held = `guests hold ${mib(heldTogether(picture))} of ${mib(host.budgetBytes)} MiB`;
  return `  ${formatClock(picture.atMs)}  used/has: ${figures.join("  ")}  ${held}, free ${mib(host.freeBytes)}, ${host.regime}`;
}

/** One event of the broker with the time of day. */
export function eventLine({ atMs, guest, text }: BrokerEvent): string {
  return `${formatTime(atMs).slice(-TIME_OF_DAY)}  ${(guest ?? "-").padEnd(NAME_WIDTH)}${text}`;
}

function guestLine(guest: GuestStatus, heldBytes: number | undefined, width: number, paint: Paint): string {
  const { usedBytes = 0, actualBytes = 0, maxBytes = actualBytes } = guest;
  const stretches: Stretch[] = [
    { bytes: Math.min(usedBytes, actualBytes), letter: "█", style: pressureStyle(guest) },
    { bytes: Math.max(0, actualBytes - usedBytes), letter: "▒", style: undefined },
    { bytes: Math.max(0, maxBytes - actualBytes), letter: "░", style: "faint" },
  ];
  const sizes = [guest.usedBytes, guest.actualBytes, guest.maxBytes, heldBytes].map(mib).map(column).join("");
  const drawn = bar(stretches, maxBytes, width, paint);
  return `${guest.name.padEnd(NAME_WIDTH)}${drawn}${sizes}  ${guest.reason}`;
}

function column(text: string): string {
  return text.padStart(COLUMN_WIDTH);
}

function pressureStyle({ pressure = "none" }: GuestStatus): Style {
  if (pressure === "none") return "good";
  return pressure === "low" ? "warn" : "bad";
}

/** What is held, what is promised beyond it, what is left. */
function hostLines(picture: Picture, width: number, paint: Paint): string[] {
  const { budgetBytes, chargedBytes, freeBytes, reserveBytes, regime } = picture.status.host;
  if (regime === undefined || budgetBytes === undefined || chargedBytes === undefined) return ["", ""];
  const heldBytes = heldTogether(picture);
  const stretches: Stretch[] = [
    { bytes: Math.min(heldBytes, budgetBytes), letter: "█", style: REGIME_STYLES[regime] },
    { bytes: clamp(chargedBytes - heldBytes, 0, budgetBytes), letter: "▒", style: undefined },
    { bytes: Math.max(0, budgetBytes - Math.max(heldBytes, chargedBytes)), letter: "·", style: "faint" },
  ];
  const figures = `held ${mib(heldBytes)} of budget ${mib(budgetBytes)} MiB, ${regime}`;
  const books = `charged ${mib(chargedBytes)}, free ${mib(freeBytes)}, reserve ${mib(reserveBytes)} MiB`;
  return [
    `${"host".padEnd(NAME_WIDTH)}${bar(stretches, budgetBytes, width, paint)}  ${figures}`,
    paint("faint", `${" ".repeat(NAME_WIDTH)}${books}`),
  ];
}

/** Always the same number of lines, so that what stands above does not jump. */
function eventLines(events: readonly BrokerEvent[], width: number, paint: Paint): string[] {
  const newest = events.slice(-NEWEST_EVENTS);
  const lines = newest.map((event) =>
    paint(event.level === "info" ? undefined : "warn", cut(eventLine(event), width)),
  );
  return [...lines, ...Array<string>(NEWEST_EVENTS - lines.length).fill("")];
}

/** A bar of exactly `width` letters; each stretch ends where its sum stands, so that rounding does not add up. */
function bar(stretches: readonly Stretch[], totalBytes: number, width: number, paint: Paint): string {
  let drawn = 0;
  let bytes = 0;
  let text = "";
  for (const stretch of stretches) {
    bytes += stretch.bytes;
    const end = totalBytes === 0 ? 0 : clamp(Math.round((bytes / totalBytes) * width), drawn, width);
    text += paint(stretch.style, stretch.letter.repeat(end - drawn));
    drawn = end;
  }
  return text + " ".repeat(width - drawn);
}

/** Whole mebibytes, `-` for what is unknown. */
export function mib(bytes: number | undefined): string {
  return bytes === undefined ? "-" : String(Math.round(bytes / MIB));
}

/** `1:07`. */
export function formatClock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
