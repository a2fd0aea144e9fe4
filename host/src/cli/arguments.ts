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
