/** Lists running QEMUs from `/proc`: their command lines, working folders and the config files that they were started with. */
import { constants } from "node:fs";
import { open, readlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { QemuProcess, QemuProcessLister } from "../model/inventory.ts";
import { KERNEL_ROOTS } from "./host-reader.ts";
import { processIds } from "./proc-files.ts";

/** A QEMU with hundreds of devices has some 100 KiB of arguments. */
const MOST_BYTES = 1024 * 1024;
const MOST_CONFIGS = 8;
/** A program with such a name may be a QEMU; its arguments decide. */
const MAY_BE_QEMU = /qemu|kvm/;

/** A process that is no QEMU may become one (a launcher that replaces itself): it is looked at again after this, then after twice as long… */
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;

export interface QemuProcessListerOptions {
  readonly procRoot?: string;
  readonly nowMs?: () => number;
}

/** `list` never rejects: a process that ends meanwhile, or may not be seen, is left out. */
export function createQemuProcessLister({
  procRoot = KERNEL_ROOTS.procRoot,
  nowMs = () => performance.now(),
}: QemuProcessListerOptions = {}): QemuProcessLister {
  let others: ReadonlyMap<string, OtherProcess> = new Map();
  return {
    list: async () => {
      const found: QemuProcess[] = [];
      const stillOthers = new Map<string, OtherProcess>();
      // One after the other: hundreds of files at once would take handles that guests need.
      for (const id of await processIds(procRoot)) {
        const other = others.get(id);
        const isDue = other === undefined || other.againAtMs <= nowMs();
        const process = isDue ? await readProcess(procRoot, id) : undefined;
        if (process !== undefined) found.push(process);
        else stillOthers.set(id, isDue ? putOff(other, nowMs()) : other);
      }
      others = stillOthers;
      return found;
    },
  };
}

/** A process that was no QEMU when it was looked at. */
interface OtherProcess {
  readonly pauseMs: number;
  readonly againAtMs: number;
}

/** A host has hundreds of processes: reading all of them every few seconds would cost more than everything else in the broker. */
function putOff(before: OtherProcess | undefined, nowMs: number): OtherProcess {
  const pauseMs = before === undefined ? FIRST_PAUSE_MS : Math.min(LONGEST_PAUSE_MS, before.pauseMs * 2);
  return { pauseMs, againAtMs: nowMs + pauseMs };
}

async function readProcess(procRoot: string, id: string): Promise<QemuProcess | undefined> {
  const folder = join(procRoot, id);
  const text = await boundedText(join(folder, "cmdline"));
  const untrustedWords = text?.split("\0").slice(0, -1) ?? [];
  // The program stands first, or behind a launcher that has not replaced itself yet.
  if (!untrustedWords.slice(0, 8).some((word) => MAY_BE_QEMU.test(word))) return undefined;
  const cwd = await readlink(join(folder, "cwd")).catch(() => undefined);
  const untrustedConfigs = await readConfigs(join(folder, "root"), untrustedWords, cwd ?? "/");
  return { processId: Number(id), untrustedWords, ...(cwd !== undefined && { cwd }), untrustedConfigs };
}

async function readConfigs(
  root: string,
  words: readonly string[],
  cwd: string,
): Promise<Map<string, string>> {
  const paths = words.flatMap((word, i) => (/^--?readconfig$/.test(word) ? [words[i + 1] ?? ""] : []));
  const texts = new Map<string, string>();
  for (const path of paths.slice(0, MOST_CONFIGS)) {
    const text = await boundedText(join(root, resolve(cwd, path)));
    if (text !== undefined) texts.set(path, text);
  }
  return texts;
}

/** Up to a bound, of a regular file; anything else, and what may not be read, gives nothing. */
async function boundedText(path: string): Promise<string | undefined> {
  // Without waiting: otherwise a named pipe at the path would delay the open until a writer comes.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    if (!(await file.stat()).isFile()) return undefined;
    const buffer = Buffer.alloc(64 * 1024);
    const parts: Buffer[] = [];
    for (let total = 0; total < MOST_BYTES; ) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, total);
      if (bytesRead === 0) break;
      parts.push(Buffer.from(buffer.subarray(0, bytesRead)));
      total += bytesRead;
    }
    return Buffer.concat(parts).toString("utf8");
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}
