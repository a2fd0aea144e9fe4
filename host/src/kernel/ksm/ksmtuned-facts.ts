/** The host's state as ksmtuned reads it, variant by variant. */
import { join } from "node:path";
import type { KsmtunedFacts } from "../../model/ksm.ts";
import type { KsmtunedRule } from "../../model/ksm-settings.ts";
import { parseArcReclaimableBytes } from "../arcstats.ts";
import { processNames, textOf } from "../proc-files.ts";

const KIB = 1024;
/** Debian's `pgrep -f`: a command line that begins so and has the word behind it. */
const DEBIAN = /^qemu-system.*-enable-kvm/;
const ANY_QEMU = /(^|\/)(qemu-system-\w+|qemu-kvm|kvm)( |$)/;

/** Absent when `/proc/meminfo` cannot be read. */
export async function readKsmtunedFacts(
  procRoot: string,
  rule: KsmtunedRule,
  pageBytes: number,
): Promise<KsmtunedFacts | undefined> {
  const meminfo = await textOf(join(procRoot, "meminfo"));
  if (meminfo === undefined) return undefined;
  const kib = (name: string) => Number(new RegExp(`^${name}: +(\\d{1,20}) kB$`, "m").exec(meminfo)?.[1] ?? 0);
  const arc = parseArcReclaimableBytes((await textOf(join(procRoot, "spl/kstat/zfs/arcstats"))) ?? "") ?? 0;
  const totalKib = kib("MemTotal");
  return {
    totalKib,
    freeKib: kib("MemFree") + kib("Buffers") + kib("Cached"),
    availableKib: Math.min(totalKib, kib("MemAvailable") + Math.floor(arc / KIB)),
    committedKib: await committedKib(procRoot, rule, pageBytes),
  };
}

async function committedKib(procRoot: string, rule: KsmtunedRule, pageBytes: number): Promise<number> {
  let total = 0;
  for (const id of await processesOf(procRoot, rule)) {
    const folder = join(procRoot, id);
    total += rule.metric === "pss" ? await pssKib(folder) : await residentKib(folder, pageBytes);
  }
  return total;
}

/** `ps -C kvm` (Proxmox), `ps -C qemu-kvm` (Red Hat), `pgrep -f` (Debian); mended: every QEMU, however it was started. */
async function processesOf(procRoot: string, { variant, fixes }: KsmtunedRule): Promise<string[]> {
  const names = await processNames(procRoot);
  if (variant !== "debian" && !fixes.includes("processes")) {
    const wanted = variant === "proxmox" ? "kvm" : "qemu-kvm";
    return [...names].flatMap(([id, name]) => (name === wanted ? [id] : []));
  }
  const pattern = fixes.includes("processes") ? ANY_QEMU : DEBIAN;
  const found: string[] = [];
  for (const id of names.keys()) {
    const words = ((await textOf(join(procRoot, id, "cmdline"))) ?? "").replaceAll("\0", " ");
    // The mended rule goes by the program, not by words that follow it.
    const subject = pattern === ANY_QEMU ? (words.split(" ")[0] ?? "") : words;
    if (pattern.test(subject)) found.push(id);
  }
  return found;
}

async function pssKib(folder: string): Promise<number> {
  const rollup = (await textOf(join(folder, "smaps_rollup"))) ?? "";
  return Number(/^Pss: +(\d{1,20}) kB$/m.exec(rollup)?.[1] ?? 0);
}

async function residentKib(folder: string, pageBytes: number): Promise<number> {
  const pages = Number((await textOf(join(folder, "statm")))?.split(" ")[1] ?? 0);
  return Math.floor((pages * pageBytes) / KIB);
}
