/** Parsers of KSM's files (Documentation/admin-guide/mm/ksm.rst, proc_pid_ksm_stat); pure. */
import type { KsmFacts } from "../../model/host.ts";
import {
  ADVISOR_MODES,
  type AdvisorMode,
  type KsmKnobs,
  type KsmProcess,
  type KsmReading,
} from "../../model/ksm.ts";

/** Files of `/sys/kernel/mm/ksm` that are read; which of them are there tells what the kernel can do, not its version. */
export const READ_FILES = [
  "run",
  "pages_to_scan",
  "sleep_millisecs",
  "advisor_mode",
  "advisor_max_cpu",
  "advisor_max_pages_to_scan",
  "advisor_target_scan_time",
  "pages_shared",
  "pages_sharing",
  "pages_unshared",
  "pages_volatile",
  "pages_scanned",
  "pages_skipped",
  "ksm_zero_pages",
  "full_scans",
  "general_profit",
] as const;
/** Those of them that {@link parseCounters} needs; `ksm_zero_pages` is missing on older kernels. */
export const COUNTER_FILES = ["run", "pages_sharing", "pages_shared", "ksm_zero_pages"] as const;
export type KsmTexts = Readonly<Partial<Record<(typeof READ_FILES)[number], string>>>;

/** `run` reads 4 more while memory is being taken offline. */
const OFFLINING = 4;

/** Puts the files together; `undefined` where the kernel has no KSM. */
export function parseReading(
  texts: KsmTexts,
  pageBytes: number,
  more: Pick<KsmReading, "ksmdCpuNs" | "brokenPages">,
): KsmReading | undefined {
  const knobs = parseKnobs(texts);
  const counters = parseCounters(texts, pageBytes);
  if (knobs === undefined || counters === undefined) return undefined;
  return {
    knobs,
    pageBytes,
    pagesShared: counters.pagesShared,
    pagesSharing: counters.pagesSharing,
    pagesUnshared: whole(texts.pages_unshared) ?? 0,
    pagesVolatile: Math.max(0, signed(texts.pages_volatile) ?? 0),
    fullScans: whole(texts.full_scans) ?? 0,
    savedBytes: counters.savedBytes,
    ...present({
      zeroPages: whole(texts.ksm_zero_pages),
      pagesScanned: whole(texts.pages_scanned),
      pagesSkipped: whole(texts.pages_skipped),
      generalProfitBytes: signed(texts.general_profit),
    }),
    ...more,
  };
}

/** What KSM does and saves; `undefined` without KSM. Zero pages are saved too but not counted in `pages_sharing`. */
export function parseCounters(texts: KsmTexts, pageBytes: number): KsmFacts | undefined {
  const run = parseRun(texts.run);
  const pagesSharing = whole(texts.pages_sharing);
  const pagesShared = whole(texts.pages_shared);
  if (run === undefined || pagesSharing === undefined || pagesShared === undefined) return undefined;
  const zeroBytes = (whole(texts.ksm_zero_pages) ?? 0) * pageBytes;
  const savedBytes = pagesSharing * pageBytes + zeroBytes;
  return { run, pagesSharing, pagesShared, savedBytes, ...(zeroBytes > 0 && { zeroBytes }) };
}

function parseKnobs(texts: KsmTexts): KsmKnobs | undefined {
  const run = parseRun(texts.run);
  const pagesToScan = whole(texts.pages_to_scan);
  const sleepMs = whole(texts.sleep_millisecs);
  if (run === undefined || pagesToScan === undefined || sleepMs === undefined) return undefined;
  const advisorMode = parseAdvisorMode(texts.advisor_mode);
  return {
    run,
    pagesToScan,
    sleepMs,
    ...(advisorMode !== undefined && { advisorMode }),
    ...present({
      advisorMaxCpuPercent: whole(texts.advisor_max_cpu),
      advisorMaxPages: whole(texts.advisor_max_pages_to_scan),
      advisorTargetScanSeconds: whole(texts.advisor_target_scan_time),
    }),
  };
}

function parseRun(text: string | undefined): number | undefined {
  const run = whole(text);
  return run === undefined ? undefined : run % OFFLINING;
}

/** `[none] scan-time`: the chosen one is in brackets. */
export function parseAdvisorMode(text: string | undefined): AdvisorMode | undefined {
  const chosen = /\[([\w-]+)\]/.exec(text ?? "")?.[1];
  return ADVISOR_MODES.find((mode) => mode === chosen);
}

/** CPU time in nanoseconds from a process's `schedstat`. */
export function parseRunNs(schedstat: string | undefined): number | undefined {
  return whole(schedstat?.split(" ")[0]);
}

/** One counter of `/proc/vmstat`. */
export function parseVmstat(text: string | undefined, name: string): number | undefined {
  return whole(new RegExp(`^${name} (\\d{1,20})$`, "m").exec(text ?? "")?.[1]);
}

/** `ksm_stat` where the kernel has it, else the one figure of `ksm_merging_pages`. */
export function parseProcess(stat: string | undefined, merging: string | undefined): KsmProcess | undefined {
  const field = (name: string) => signed(new RegExp(`^${name}:? +(-?\\d{1,20})$`, "m").exec(stat ?? "")?.[1]);
  const mergingPages = field("ksm_merging_pages") ?? whole(merging);
  if (mergingPages === undefined) return undefined;
  return {
    mergingPages,
    ...present({
      zeroPages: field("ksm_zero_pages"),
      rmapItems: field("ksm_rmap_items"),
      profitBytes: field("ksm_process_profit"),
    }),
  };
}

/** Bytes in areas that carry the flag `mg` (mergeable) in `VmFlags` of `/proc/PID/smaps`. */
export function parseMergeableBytes(smaps: string): number {
  let bytes = 0;
  let sizeKib = 0;
  for (const line of smaps.split("\n")) {
    const size = /^Size: +(\d{1,20}) kB$/.exec(line)?.[1];
    if (size !== undefined) sizeKib = Number(size);
    else if (/^VmFlags:.* mg\b/.test(line)) bytes += sizeKib * 1024;
  }
  return bytes;
}

/** The kernel's counters have 64 bits, which is 20 digits; what is longer is none of them. */
function whole(text: string | undefined): number | undefined {
  return matching(/^\d{1,20}$/, text);
}

/** A profit may be a loss, and volatile pages are what is left after a subtraction (kernel: mm/ksm.c, `pages_volatile_show`). */
function signed(text: string | undefined): number | undefined {
  return matching(/^-?\d{1,20}$/, text);
}

function matching(form: RegExp, text: string | undefined): number | undefined {
  const digits = form.exec(text?.trim() ?? "");
  return digits === null ? undefined : Number(digits[0]);
}

function present<T extends Record<string, number | undefined>>(values: T): { [K in keyof T]?: number } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: number;
  };
}
