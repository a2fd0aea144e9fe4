/** Reads the host's own figures under configurable roots. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { HostReader } from "../model/adapters.ts";
import type { HostFacts } from "../model/host.ts";
import { parseArcReclaimableBytes } from "./arcstats.ts";
import { type BrokenPages, noteCopies, withoutBroken } from "./ksm/broken-pages.ts";
import { COUNTER_FILES, parseCounters, parseVmstat } from "./ksm/parse.ts";
import { parseMeminfo } from "./meminfo.ts";
import { parsePageBytes } from "./page-size.ts";
import { parseSomeAvg10 } from "./pressure.ts";

/** Where the kernel's file systems are; tests and containers put them elsewhere. */
export interface Roots {
  readonly procRoot: string;
  readonly sysRoot: string;
}

export const KERNEL_ROOTS: Roots = { procRoot: "/proc", sysRoot: "/sys" };

/** The host cannot be managed without these figures. */
export class HostReadError extends Error {
  readonly code = "HOST_UNREADABLE";

  constructor(path: string, problem: string) {
    super(
      `cannot read the host's memory from ${path}: ${problem}; check that it is a Linux /proc of kernel 3.14 or newer`,
    );
    this.name = "HostReadError";
  }
}

/** `read` rejects with {@link HostReadError} when total or available memory cannot be told. */
export function createHostReader(roots: Roots = KERNEL_ROOTS): HostReader {
  let pageBytes: Promise<number> | undefined;
  let broken: BrokenPages | undefined;
  return {
    read: async () => {
      pageBytes ??= readPageBytes(roots.procRoot);
      const host = await readHost(roots, await pageBytes);
      const { ksm } = host;
      if (ksm === undefined || ksm.pagesSharing === 0) return host;
      const copies = await readCopies(roots);
      if (copies === undefined) return host;
      broken = noteCopies(broken, { ...copies, pagesSharing: ksm.pagesSharing });
      return { ...host, ksm: withoutBroken(ksm, broken, await pageBytes) };
    },
  };
}

/** Absent before Linux 5.18, which does not count copies: then broken pages count as saved until ksmd notices them. */
async function readCopies({ procRoot, sysRoot }: Roots) {
  const [vmstat, scans] = await Promise.all([
    textOf(join(procRoot, "vmstat")),
    textOf(join(sysRoot, "kernel/mm/ksm/full_scans")),
  ]);
  const copiedPages = parseVmstat(vmstat, "cow_ksm");
  const fullScans = Number.parseInt(scans ?? "", 10);
  return copiedPages === undefined || Number.isNaN(fullScans) ? undefined : { copiedPages, fullScans };
}

async function readHost({ procRoot, sysRoot }: Roots, pageBytes: number): Promise<HostFacts> {
  const meminfoPath = join(procRoot, "meminfo");
  const [meminfoText, pressureText, arcText, ...ksmTexts] = await Promise.all([
    textOf(meminfoPath),
    textOf(join(procRoot, "pressure/memory")),
    textOf(join(procRoot, "spl/kstat/zfs/arcstats")),
    ...COUNTER_FILES.map((name) => textOf(join(sysRoot, "kernel/mm/ksm", name))),
  ]);
  if (meminfoText === undefined) throw new HostReadError(meminfoPath, "no such file or no permission");
  const { totalBytes: allBytes, hugetlbBytes = 0, availableBytes, ...swap } = parseMeminfo(meminfoText);
  if (allBytes === undefined || availableBytes === undefined) {
    throw new HostReadError(meminfoPath, "MemTotal or MemAvailable is missing");
  }
  const totalBytes = Math.max(availableBytes, allBytes - hugetlbBytes);
  const psiSomeAvg10 = parseSomeAvg10(pressureText ?? "");
  const ksm = parseCounters(
    Object.fromEntries(COUNTER_FILES.map((name, index) => [name, ksmTexts[index]])),
    pageBytes,
  );
  return {
    totalBytes,
    availableBytes: Math.min(totalBytes, availableBytes + (parseArcReclaimableBytes(arcText ?? "") ?? 0)),
    ...swap,
    ...(psiSomeAvg10 !== undefined && { psiSomeAvg10 }),
    ...(ksm !== undefined && { ksm }),
  };
}

async function readPageBytes(procRoot: string): Promise<number> {
  return parsePageBytes(await readFile(join(procRoot, "self/auxv")).catch(() => Buffer.alloc(0)));
}

/** Absent when the kernel lacks the feature, or PSI is built in but off (EOPNOTSUPP). */
async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(() => undefined);
}
