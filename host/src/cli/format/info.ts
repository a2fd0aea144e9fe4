/** `ballast info GUEST`: the raw facts, one line each. */
import type { GuestInfo } from "../../model/status.ts";
import type { Paint } from "./paint.ts";
import { formatSize } from "./sizes.ts";
import { formatTable } from "./table.ts";

/** Facts nest two or three levels; deeper ones are shown as JSON. */
const DEEPEST = 4;

export function formatInfo({ guest, facts }: GuestInfo, paint: Paint): string[] {
  const rows = [...flatten("status", guest, 0), ...flatten("facts", facts, 0)];
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

function flatten(name: string, value: unknown, depth: number): [string, string][] {
  if (typeof value !== "object" || value === null) return [[name, leaf(name, value)]];
  if (Array.isArray(value) || depth >= DEEPEST) return [[name, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, inner]) => flatten(`${name}.${key}`, inner, depth + 1));
}

function leaf(name: string, value: unknown): string {
  const isSize = typeof value === "number" && name.endsWith("Bytes");
  return isSize ? `${value} (${formatSize(value)})` : String(value);
}
