/** Reads the arguments that are more than words; the option parser turns refusals into usage errors. */
import { InvalidArgumentError } from "commander";
import { parseDuration } from "../config/duration.ts";
import { parseAbsolutePath, parseGuestName } from "../config/names.ts";
import type { Parsed } from "../config/parsed.ts";
import { parseBytes } from "../config/size.ts";

/** The API gives at most this many at once. */
const MOST_EVENTS = 1000;
/** More would not fit into memory with comfort. */
const MOST_SIMULATED = 20_000;
const LARGEST_SEED = 2 ** 32 - 1;

export function guestArgument(raw: string): string {
  return accepted(parseGuestName(raw));
}

/** Bytes, or `auto`. */
export function targetArgument(raw: string): number | "auto" {
  if (raw === "auto") return raw;
  const bytes = accepted(parseBytes(raw));
  if (bytes === 0)
    throw new InvalidArgumentError("0 leaves the guest no memory; write a size such as 512MiB.");
  return bytes;
}

/** Milliseconds. */
export function durationArgument(raw: string): number {
  const durationMs = accepted(parseDuration(raw));
  if (durationMs === 0) throw new InvalidArgumentError("the duration must be greater than 0, such as 10m");
  return durationMs;
}

/** A time back from now in milliseconds, up to a year: `30m`, `2h`, `7d`. */
export function spanArgument(raw: string): number {
  const [, digits, unit] = /^(\d{1,4})([mhd])$/.exec(raw) ?? [];
  const spanMs = Number(digits) * (SPAN_UNITS_MS[unit ?? ""] ?? Number.NaN);
  if (spanMs > 0 && spanMs <= LONGEST_SPAN_MS) return spanMs;
  throw new InvalidArgumentError("write a time such as 30m, 2h or 7d, up to 365d.");
}

const SPAN_UNITS_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 24 * 3_600_000 };
const LONGEST_SPAN_MS = 365 * 24 * 3_600_000;

/** A moment of the past in local time, milliseconds since 1970: `03:12` is the last time that a clock showed it. */
export function momentArgument(raw: string, nowMs = Date.now()): number {
  const [, hour, minute] = /^(\d{1,2}):(\d{2})$/.exec(raw) ?? [];
  if (hour !== undefined && Number(hour) < 24 && Number(minute) < 60) {
    const moment = new Date(nowMs);
    moment.setHours(Number(hour), Number(minute), 0, 0);
    if (moment.getTime() > nowMs) moment.setDate(moment.getDate() - 1);
    return moment.getTime();
  }
  const atMs = /^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2})?$/.test(raw)
    ? Date.parse(raw.replace(" ", "T"))
    : Number.NaN;
  if (atMs > 0 && atMs <= nowMs) return atMs;
  throw new InvalidArgumentError('write a moment of the past, such as 03:12 or "2026-01-31 03:12".');
}

export function limitArgument(raw: string): number {
  return wholeNumber(raw, 0, MOST_EVENTS);
}

/** How many guests to simulate. */
export function guestCountArgument(raw: string): number {
  return wholeNumber(raw, 1, MOST_SIMULATED);
}

/** Of a simulated world. */
export function seedArgument(raw: string): number {
  return wholeNumber(raw, 0, LARGEST_SEED);
}

/** Number of a guest of Proxmox, also as `qemu/100`. */
export function vmidArgument(raw: string): number {
  const digits = /^(?:qemu\/)?([1-9]\d{2,8})$/.exec(raw)?.[1];
  if (digits !== undefined) return Number(digits);
  throw new InvalidArgumentError("write the guest's number on Proxmox, such as 100.");
}

/** A folder for sockets, from the root. */
export function folderArgument(raw: string): string {
  return accepted(parseAbsolutePath(raw));
}

function wholeNumber(raw: string, least: number, most: number): number {
  const value = /^\d{1,10}$/.test(raw) ? Number(raw) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new InvalidArgumentError(`write a whole number ${least > 0 ? `from ${least} ` : ""}up to ${most}.`);
}

export function tokenIdArgument(raw: string): string {
  if (/^[0-9a-f]{8}$/.test(raw)) return raw;
  throw new InvalidArgumentError("write the 8 digits that `ballast agent tokens` shows.");
}

function accepted<T>(parsed: Parsed<T>): T {
  if (parsed.ok) return parsed.value;
  throw new InvalidArgumentError(`${parsed.message}; ${parsed.advice}.`);
}
