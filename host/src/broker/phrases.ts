/** Words for what the broker does. */
import { MIB } from "../model/bytes.ts";
import type { Move } from "../model/plan.ts";

/** A size for people, in whole mebibytes. */
export function formatMib(bytes: number | undefined): string {
  return bytes === undefined ? "an unknown size" : `${Math.round(bytes / MIB)} MiB`;
}

/** One move in words. */
export function moveText(move: Move): string {
  const verb = move.toBytes > move.fromBytes ? "given" : "taken";
  const change = formatMib(Math.abs(move.toBytes - move.fromBytes));
  return `${change} ${verb}: ${formatMib(move.fromBytes)} -> ${formatMib(move.toBytes)} (${move.reason})`;
}
