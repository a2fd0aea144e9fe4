/** Sizes as people write them: `48GiB`, `80%`, `auto`, or plain bytes. */
import { GIB, KIB, MIB } from "../model/bytes.ts";
import type { SizeSetting } from "../model/host.ts";
import { accept, type Parsed, refuse } from "./parsed.ts";

const UNIT_BYTES: Readonly<Record<string, number>> = { KiB: KIB, MiB: MIB, GiB: GIB, TiB: 1024 * GIB };
const NUMBER_AND_UNIT = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/;
const PERCENT = /^(\d+(?:\.\d+)?)\s*%$/;

/** Below this a size is surely a forgotten unit (`min: 512`); 0 is still a size. */
const SMALLEST_BYTES = MIB;

const ADVICE = "write a size such as 512MiB or 48GiB";

/** Reads any size. Only binary units are accepted, because `GB` could mean 10⁹ or 2³⁰. */
export function parseSize(raw: string | number): Parsed<SizeSetting> {
  const text = String(raw).trim();
  if (text === "auto") return accept({ kind: "auto" });
  const percent = PERCENT.exec(text)?.[1];
  if (percent !== undefined) return parsePercent(text, Number(percent));
  const bytes = parseBytes(raw);
  return bytes.ok ? accept({ kind: "bytes", bytes: bytes.value }) : bytes;
}

/** Reads a size that must be given outright, without `auto` and `%`; bytes. */
export function parseBytes(raw: string | number): Parsed<number> {
  const text = String(raw).trim();
  const [, digits, unit] = NUMBER_AND_UNIT.exec(text) ?? [];
  if (digits === undefined || unit === undefined) return refuse(`"${shorten(text)}" is not a size`, ADVICE);
  if (unit === "") return plainBytes(text, Number(digits));
  const factor = UNIT_BYTES[unit];
  if (factor === undefined) return refuse(`"${shorten(text)}" has no binary unit`, unitAdvice(digits, unit));
  return checkBytes(text, Math.round(Number(digits) * factor));
}

function parsePercent(text: string, percent: number): Parsed<SizeSetting> {
  if (percent > 0 && percent <= 100) return accept({ kind: "percent", percent });
  return refuse(`"${shorten(text)}" is out of range`, "write a share above 0% and up to 100%");
}

function plainBytes(text: string, bytes: number): Parsed<number> {
  if (!Number.isInteger(bytes)) return refuse(`"${shorten(text)}" is not a whole number of bytes`, ADVICE);
  if (bytes > 0 && bytes < SMALLEST_BYTES) {
    return refuse(`${text} without a unit means bytes, less than 1MiB`, `write ${bytes}MiB if that is meant`);
  }
  return checkBytes(text, bytes);
}

function checkBytes(text: string, bytes: number): Parsed<number> {
  if (!Number.isSafeInteger(bytes)) return refuse(`"${shorten(text)}" is larger than any machine`, ADVICE);
  if (bytes > 0 && bytes < SMALLEST_BYTES) return refuse(`"${shorten(text)}" is less than 1MiB`, ADVICE);
  return accept(bytes);
}

function unitAdvice(digits: string, unit: string): string {
  const prefix = /^([kmgt])(?:i?b)?$/i.exec(unit)?.[1]?.toUpperCase();
  if (prefix === undefined) return "write a size in KiB, MiB, GiB or TiB, such as 512MiB";
  return `write ${digits}${prefix}iB (sizes are binary: 1GiB = 1024MiB)`;
}

/** Quotes of wrong input stay readable. */
export function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
