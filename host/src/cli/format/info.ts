/** `ballast info GUEST`: the raw facts, one line each. */
import type { GuestInfo } from "../../model/status.ts";
import type { Paint } from "./paint.ts";
import { formatAge, formatSize } from "./sizes.ts";
import { formatTable } from "./table.ts";

/** Facts nest two or three levels; deeper ones are shown as JSON. */
const DEEPEST = 4;
/** The one time that is not the broker's. */
const GUEST_CLOCK = "sampledAtMs";

export function formatInfo({ guest, facts, nowMs }: GuestInfo, paint: Paint): string[] {
  const rows = [...flatten("status", guest, 0, nowMs), ...flatten("facts", facts, 0, nowMs)];
  const columns = [
    { title: "FACT", align: "left" },
    { title: "VALUE", align: "left" },
  ] as const;
  return formatTable(
    columns,
    rows.map(([name, value]) => [{ text: name }, { text: value }]),
    paint,
  );
}

function flatten(name: string, value: unknown, depth: number, nowMs: number | undefined): [string, string][] {
  if (typeof value !== "object" || value === null) return [[name, leaf(name, value, nowMs)]];
  if (Array.isArray(value) || depth >= DEEPEST) return [[name, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, inner]) => flatten(`${name}.${key}`, inner, depth + 1, nowMs));
}

function leaf(name: string, value: unknown, nowMs: number | undefined): string {
  if (typeof value !== "number") return String(value);
  if (/bytes$/i.test(name)) return `${value} (${formatSize(value)})`;
  if (nowMs === undefined || !name.endsWith("AtMs") || name.endsWith(GUEST_CLOCK)) return String(value);
  return `${Math.round(value)} (${formatAge(Math.max(0, nowMs - value))} ago)`;
}
