/** `ballast ksm`: KSM told as memory and time, then guest by guest. */
import type { KsmGuestStatus, KsmStatus } from "../../model/ksm-status.ts";
import type { KsmRepair, KsmReport } from "../../model/status.ts";
import { MERGE_TEXTS } from "./ksm-texts.ts";
import type { Paint } from "./paint.ts";
import { formatAge, formatShortSize, formatSize } from "./sizes.ts";
import { type Cell, type Column, formatTable } from "./table.ts";

const COLUMNS: readonly Column[] = [
  { title: "NAME", align: "left" },
  { title: "TRUST", align: "left" },
  { title: "MERGING", align: "left" },
  { title: "SHARES", align: "right" },
  { title: "GAINS", align: "right" },
  { title: "WHY", align: "left" },
];
const RUN_WORDS = ["rests", "scans", "has unmerged everything"] as const;

export function formatKsm({ ksm, guests }: KsmReport, paint: Paint): string[] {
  if (ksm === undefined) return ["this kernel has no KSM, or the broker has not read it yet"];
  const rows = guests.flatMap(({ name, ksm: part }) => (part === undefined ? [] : [toRow(name, part)]));
  return [
    ...formatState(ksm, paint),
    ...formatCost(ksm),
    ...(ksm.unmerge === undefined ? [] : [`unmerge: ${ksm.unmerge.text}`]),
    ...(ksm.problem === undefined ? [] : [paint("bad", `problem: ${ksm.problem}`)]),
    ...(rows.length === 0 ? [] : ["", ...formatTable(COLUMNS, rows, paint)]),
  ];
}

/** The lines if no broker answers. */
export function formatRepair({ text, run, savedBytes }: KsmRepair): string[] {
  if (run === undefined || savedBytes === undefined) return [`KSM: ${text}`];
  return [`KSM ${RUN_WORDS[run] ?? run} and saves ${formatSize(savedBytes)}: ${text}`];
}

function formatState(ksm: KsmStatus, paint: Paint): string[] {
  const isForeign = ksm.reason === "rival" || ksm.reason === "foreign-change";
  return [
    `KSM ${RUN_WORDS[ksm.run] ?? ksm.run} and saves ${paint("strong", formatSize(ksm.savedBytes))} (mode ${ksm.mode}, memory pressure ${ksm.pressurePercent} %)`,
    isForeign ? paint("warn", ksm.text) : ksm.text,
  ];
}

function formatCost(ksm: KsmStatus): string[] {
  const { cpuPercent, cpuSecondsTotal, savedBytesPerCpuSecond, yieldBytesPerCpuSecond, fullScanMs } = ksm;
  const cpu = [
    ...(cpuPercent === undefined ? [] : [`${cpuPercent.toFixed(1)} % of a processor now`]),
    ...(cpuSecondsTotal === undefined ? [] : [`${cpuSecondsTotal.toFixed(1)} s since boot`]),
    ...(savedBytesPerCpuSecond === undefined
      ? []
      : [`${formatSize(savedBytesPerCpuSecond)} saved for each second`]),
  ];
  const advised = ksm.advisor === "scan-time" ? " (the kernel's advisor)" : "";
  const scan = [
    fullScanMs === undefined ? "no full scan seen yet" : `the last took ${formatAge(fullScanMs)}`,
    ...(yieldBytesPerCpuSecond === undefined ? [] : [yieldText(yieldBytesPerCpuSecond)]),
  ];
  return [
    ...(cpu.length === 0 ? [] : [`ksmd: ${cpu.join(", ")}`]),
    `full scans: ${ksm.fullScans}, ${scan.join(" ")}; ${ksm.pagesToScan} pages every ${ksm.sleepMs} ms${advised}`,
    ...(ksm.profitBytes === undefined
      ? []
      : [`profit: ${formatSize(ksm.profitBytes)} after what KSM's own records take`]),
  ];
}

function yieldText(bytesPerCpuSecond: number): string {
  if (bytesPerCpuSecond < 0) return "and merged less than broke apart meanwhile";
  return `and brought ${formatSize(bytesPerCpuSecond)} for each second of ksmd`;
}

function toRow(name: string, part: KsmGuestStatus): Cell[] {
  return [
    { text: name },
    { text: part.trust },
    { text: part.merging ? "on" : "off", style: part.merging ? undefined : "warn" },
    { text: formatShortSize(part.sharedBytes) },
    { text: formatShortSize(part.profitBytes) },
    { text: MERGE_TEXTS[part.reason] },
  ];
}
