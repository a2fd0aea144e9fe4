/** `ballast-agent report`: prints one sample, as text or JSON. */

import { buildReport } from "./judgement/build-report.ts";
import type { SampleJudgement } from "./judgement/judge.ts";
import type { GuestTraits, MemorySample } from "./sample/memory-sample.ts";

const MIB = 1024 * 1024;

/** What `report --json` prints: the wire's report, and what follows from it for this guest. */
export function reportObject(
  sample: MemorySample,
  assessment: SampleJudgement,
  traits: GuestTraits,
): Record<string, unknown> {
  const { type, ...report } = buildReport(sample, assessment, { roundTripMs: undefined, cpuUs: undefined });
  return {
    ...report,
    usedBytes: assessment.use.usedBytes,
    balloonDevice: traits.balloon,
    deflateOnOom: traits.deflateOnOom,
    ...sample.windows,
  };
}

/** Lines of `name  size`, unknown figures left out. */
export function reportText(sample: MemorySample, assessment: SampleJudgement, traits: GuestTraits): string {
  const { use } = assessment;
  const { meminfo, slow } = sample;
  const sizes: [string, number | undefined][] = [
    ["total now", use.totalBytes],
    ["available", use.availableBytes],
    ["of it ZFS cache", use.arcAvailableBytes || undefined],
    ["used", use.usedBytes],
    ["free", meminfo.freeBytes],
    ["file cache", meminfo.fileBytes],
    ["modified", sample.windows && meminfo.dirtyBytes],
    ["balloon", use.balloonBytes],
    ["kept by the kernel", slow.watermarkReserveBytes],
    ["ZFS cache", sample.arc?.arcSizeBytes],
    ["swap free", meminfo.swapTotalBytes ? meminfo.swapFreeBytes : undefined],
    ["zram", slow.zramUsedBytes],
    ["committed", sample.windows && meminfo.committedBytes],
    ["commit limit", sample.windows && meminfo.commitLimitBytes],
  ];
  const lines = sizes.flatMap(([name, bytes]) => (bytes === undefined ? [] : [line(name, mebibytes(bytes))]));
  const device = traits.balloon ? `yes${traits.deflateOnOom ? ", deflates on OOM" : ""}` : "none";
  const low = sample.windows?.lowMemory;
  if (low !== undefined) lines.push(line("low-memory signal", low ? "SET" : "not set"));
  return [...lines, line("balloon device", device), line("pressure", assessment.pressure), ""].join("\n");
}

function mebibytes(bytes: number): string {
  return `${(bytes / MIB).toFixed(0).padStart(8)} MiB`;
}

function line(name: string, value: string): string {
  return `${name.padEnd(20)}${value}`;
}
