/** Durations as people write them: `500ms`, `30s`, `10m`, `2h`. */
import { accept, type Parsed, refuse } from "./parsed.ts";
import { shorten } from "./size.ts";

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const NUMBER_AND_UNIT = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/;

/** A week: far above any sensible setting and below the 2³¹ ms that Node's timers can hold. */
export const LONGEST_MS = 7 * 24 * 3_600_000;

const ADVICE = "write a duration such as 500ms, 30s, 10m or 2h";

/** Reads a duration; milliseconds. A bare number is refused: seconds and milliseconds look the same. */
export function parseDuration(raw: string | number): Parsed<number> {
  const text = String(raw).trim();
  const [, digits, unit] = NUMBER_AND_UNIT.exec(text) ?? [];
  if (digits === undefined || unit === undefined)
    return refuse(`"${shorten(text)}" is not a duration`, ADVICE);
  if (unit === "") return refuse(`"${shorten(text)}" has no unit`, `write ${digits}s or ${digits}ms`);
  const factor = UNIT_MS[unit];
  if (factor === undefined) return refuse(`"${shorten(text)}" has an unknown unit`, ADVICE);
  const durationMs = Math.round(Number(digits) * factor);
  if (durationMs > LONGEST_MS)
    return refuse(`"${shorten(text)}" is longer than a week`, "write at most 168h");
  return accept(durationMs);
}
