/** `ballast fleet` and `ballast fleet advise`: all hosts, and which guest to move where. */
import { type FleetAdvice, SILENT_MS } from "../../fleet/advise.ts";
import type { HostSummary } from "../../model/fleet.ts";
import type { Paint } from "./paint.ts";
import { formatAge, formatShortSize, formatSize } from "./sizes.ts";
import { type Cell, type Column, formatTable } from "./table.ts";

const right = (title: string): Column => ({ title, align: "right" });
const left = (title: string): Column => ({ title, align: "left" });
const COLUMNS: readonly Column[] = [
  ...[left("HOST"), left("MODE"), left("MEMORY")],
  ...["BUDGET", "CHARGED", "FREE", "LENDABLE", "SHORT", "GUESTS"].map(right),
  left("HEARD"),
];

export function formatFleet(summaries: readonly HostSummary[], nowMs: number, paint: Paint): string[] {
  if (summaries.length === 0) return ["no host has told of itself yet"];
  return formatTable(
    COLUMNS,
    summaries.map((summary) => toRow(summary, nowMs)),
    paint,
  );
}

function toRow(summary: HostSummary, nowMs: number): Cell[] {
  const { host, mode, regime, budgetBytes, chargedBytes, freeBytes, lendableBytes, owedBytes } = summary;
  const ageMs = Math.max(0, nowMs - summary.atMs);
  const size = (bytes: number | undefined): Cell => ({
    text: bytes === undefined ? "-" : formatShortSize(bytes),
  });
  const heard = `${formatAge(ageMs)} ago`;
  return [
    ...[{ text: host }, { text: mode }, { text: regime ?? "-" }],
    ...[size(budgetBytes), size(chargedBytes), size(freeBytes), size(lendableBytes)],
    owedBytes > 0 ? { text: formatShortSize(owedBytes), style: "bad" } : { text: "-" },
    { text: String(summary.guestCount) },
    ageMs > SILENT_MS ? { text: `${heard}: silent`, style: "bad" } : { text: heard },
  ];
}

export function formatAdvice({ moves, unhelped }: FleetAdvice): string[] {
  if (moves.length === 0 && unhelped.length === 0) return ["no host stays short: nothing to move"];
  return [
    ...moves.map(
      ({ guest, from, to, floorBytes }) =>
        `move ${guest} from ${from} to ${to}: ${from} gains ${formatSize(floorBytes)}, and ${to} has room for it`,
    ),
    ...unhelped.map(({ host, why }) => `${host} stays short: ${why}`),
  ];
}
