/** Keeps the values that KSM was found with in the state folder, until they are restored. */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { Log } from "../model/adapters.ts";
import { isGuestName } from "../model/inventory.ts";
import { ADVISOR_MODES, KSM_KNOB_FILES, type KsmRecord, type KsmWrites } from "../model/ksm.ts";
import type { KsmRecordStore } from "../model/ksm-adapters.ts";

/** Its name in the state folder. */
export const KSM_RECORD_FILE = "ksm.json";
const FORMAT = 1;
const LONGEST_TEXT = 1024 * 1024;
/** Field 22 of `/proc/PID/stat`; the first two are pid and name, which may hold spaces. */
const START_TIME_AFTER_NAME = 19;

export interface KsmRecordOptions {
  readonly path: string;
  /** Folder of the kernel's files that the record is about. */
  readonly folder: string;
  readonly log: Log;
  readonly procRoot?: string;
}

/** One JSON file, on disk before `save` returns. */
export function createKsmRecord(options: KsmRecordOptions): KsmRecordStore {
  const { path, folder, log, procRoot = "/proc" } = options;
  const bootId = bootIdOf(procRoot);
  return {
    load: () => load(path, log),
    save: (kept) => {
      const processId = process.pid;
      const processStart = startTimeOf(procRoot, processId) ?? "";
      return save(path, { ...kept, bootId, processId, processStart, folder }, log);
    },
    clear: () => rmSync(path, { force: true }),
    isOfThisBoot: (record) => record.bootId === bootId,
    isOwnerAlive: ({ processId, processStart }) =>
      processId !== process.pid && processStart !== "" && startTimeOf(procRoot, processId) === processStart,
  };
}

function load(path: string, log: Log): KsmRecord | undefined {
  try {
    const text = readFileSync(path, "utf8");
    const record = text.length > LONGEST_TEXT ? undefined : parseRecord(JSON.parse(text));
    if (record === undefined) log.warn({ path }, "the record of KSM's former values is not understood");
    return record;
  } catch (error) {
    if (!isMissing(error)) log.warn({ path, err: error }, "the record of KSM's former values cannot be read");
    return undefined;
  }
}

function save(path: string, record: KsmRecord, log: Log): boolean {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    const file = openSync(`${path}.new`, "w", 0o600);
    try {
      writeSync(file, `${JSON.stringify({ format: FORMAT, ...record })}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(`${path}.new`, path);
    return true;
  } catch (error) {
    log.warn({ path, err: error }, "KSM's values cannot be kept for later, so they are not changed");
    return false;
  }
}

/** Reads what `save` wrote; absent when it is anything else. Pure. */
export function parseRecord(untrusted: unknown): KsmRecord | undefined {
  if (!isRecord(untrusted) || untrusted["format"] !== FORMAT) return undefined;
  const { bootId, processId, processStart, folder, manualOff } = untrusted;
  const found = parseWrites(untrusted["found"]);
  const switchedOff = parseCounts(untrusted["switchedOff"]);
  const hasTexts = [bootId, processStart, folder].every((text) => typeof text === "string");
  if (!hasTexts || !isCount(processId) || typeof manualOff !== "boolean") return undefined;
  if (found === undefined || switchedOff === undefined) return undefined;
  if (!Object.keys(switchedOff).every(isGuestName)) return undefined;
  return {
    bootId: String(bootId),
    processId,
    processStart: String(processStart),
    folder: String(folder),
    manualOff,
    found,
    switchedOff,
  };
}

function parseWrites(value: unknown): KsmWrites | undefined {
  if (!isRecord(value)) return undefined;
  const { advisorMode, ...numbers } = value;
  const counts = parseCounts(numbers);
  if (counts === undefined || Object.keys(counts).some((name) => !(name in KSM_KNOB_FILES))) return undefined;
  if (advisorMode === undefined) return counts;
  const mode = ADVISOR_MODES.find((known) => known === advisorMode);
  return mode === undefined ? undefined : { ...counts, advisorMode: mode };
}

function parseCounts(value: unknown): Record<string, number> | undefined {
  if (!isRecord(value)) return undefined;
  const counts: Record<string, number> = {};
  for (const [name, count] of Object.entries(value)) {
    if (!isCount(count)) return undefined;
    counts[name] = count;
  }
  return counts;
}

function bootIdOf(procRoot: string): string {
  return textOf(join(procRoot, "sys/kernel/random/boot_id")).trim();
}

function startTimeOf(procRoot: string, processId: number): string | undefined {
  const stat = textOf(join(procRoot, String(processId), "stat"));
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[START_TIME_AFTER_NAME];
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
