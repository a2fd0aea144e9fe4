/** What the kernel tells of KSM: its own counters, ksmd's time, and each guest's process. */
import { join } from "node:path";
import type { KsmProcess, KsmReading } from "../../model/ksm.ts";
import type { KsmReader } from "../../model/ksm-adapters.ts";
import { processNames, textOf } from "../proc-files.ts";
import { readKsmtunedFacts } from "./ksmtuned-facts.ts";
import {
  type KsmTexts,
  parseMergeableBytes,
  parseProcess,
  parseReading,
  parseRunNs,
  parseVmstat,
  READ_FILES,
} from "./parse.ts";
import { findRival } from "./rivals.ts";

export interface KsmReaderOptions {
  /** `/sys/kernel/mm/ksm`. */
  readonly folder: string;
  readonly procRoot?: string;
  readonly cgroupRoot?: string;
  readonly pageBytes: number;
}

/** Reads under configurable roots, so that recorded trees serve as well; nothing here rejects. */
export function createKsmReader(options: KsmReaderOptions): KsmReader {
  const { folder, procRoot = "/proc", cgroupRoot = "/sys/fs/cgroup", pageBytes } = options;
  let ksmd: Promise<string | undefined> | undefined;
  return {
    read: () => {
      // A kernel thread lives as long as the kernel.
      ksmd ??= findKsmd(procRoot);
      return read(folder, procRoot, pageBytes, ksmd);
    },
    process: (processId) => readProcess(procRoot, processId),
    mergeableBytes: async (processId) => {
      const smaps = await textOf(join(procRoot, String(processId), "smaps"));
      return smaps === undefined ? undefined : parseMergeableBytes(smaps);
    },
    cpuStallPercent: async () => {
      const text = await textOf(join(procRoot, "pressure/cpu"));
      const percent = /^some avg10=(\d{1,6}(?:\.\d{1,6})?) /m.exec(text ?? "")?.[1];
      return percent === undefined ? undefined : Number(percent);
    },
    rival: () => findRival(procRoot, cgroupRoot),
    ksmtunedFacts: (rule) => readKsmtunedFacts(procRoot, rule, pageBytes),
  };
}

async function findKsmd(procRoot: string): Promise<string | undefined> {
  return [...(await processNames(procRoot))].find(([, name]) => name === "ksmd")?.[0];
}

async function read(
  folder: string,
  procRoot: string,
  pageBytes: number,
  ksmd: Promise<string | undefined>,
): Promise<KsmReading | undefined> {
  const processId = await ksmd;
  const [vmstat, schedstat, ...texts] = await Promise.all([
    textOf(join(procRoot, "vmstat")),
    processId === undefined ? undefined : textOf(join(procRoot, processId, "schedstat")),
    ...READ_FILES.map((name) => textOf(join(folder, name))),
  ]);
  const named: KsmTexts = Object.fromEntries(
    READ_FILES.flatMap((name, i) => (texts[i] === undefined ? [] : [[name, texts[i]]])),
  );
  const ksmdCpuNs = parseRunNs(schedstat);
  const brokenPages = parseVmstat(vmstat, "cow_ksm");
  return parseReading(named, pageBytes, {
    ...(ksmdCpuNs !== undefined && { ksmdCpuNs }),
    ...(brokenPages !== undefined && { brokenPages }),
  });
}

async function readProcess(procRoot: string, processId: number): Promise<KsmProcess | undefined> {
  const at = (name: string) => textOf(join(procRoot, String(processId), name));
  const [stat, merging] = await Promise.all([at("ksm_stat"), at("ksm_merging_pages")]);
  return parseProcess(stat, merging);
}
