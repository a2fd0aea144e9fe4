/** Sizes and times for people. */
import { GIB, MIB } from "../../model/bytes.ts";

/** `512.0 MiB`, `1.5 GiB`. */
export function formatSize(bytes: number): string {
  const { value, unit } = splitSize(bytes);
  return `${value} ${unit}`;
}

/** `512.0Mi`, `1.5Gi` as `free -h` writes them, for narrow columns; `-` for what is unknown. */
export function formatShortSize(bytes: number | undefined): string {
  if (bytes === undefined) return "-";
  const { value, unit } = splitSize(bytes);
  return `${value}${unit.slice(0, 2)}`;
}

export function splitSize(bytes: number): { readonly value: string; readonly unit: "MiB" | "GiB" } {
  const mebibytes = (bytes / MIB).toFixed(1);
  if (Math.abs(Number(mebibytes)) < 1024) return { value: mebibytes, unit: "MiB" };
  return { value: (bytes / GIB).toFixed(1), unit: "GiB" };
}

/** `0.2s`, `42s`, `3m`, `5h`: the coarser the older. */
export function formatAge(ageMs: number): string {
  if (ageMs < 10_000) return `${(ageMs / 1000).toFixed(1)}s`;
  if (ageMs < 120_000) return `${Math.round(ageMs / 1000)}s`;
  return ageMs < 7_200_000 ? `${Math.round(ageMs / 60_000)}m` : `${Math.round(ageMs / 3_600_000)}h`;
}

/** `2025-01-02 03:04:05` in local time, as the journal shows it. */
export function formatTime(atMs: number): string {
  const at = new Date(atMs);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}
