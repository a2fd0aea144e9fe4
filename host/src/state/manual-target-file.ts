/** Keeps hand-held targets in the state folder, so that a restarted broker holds them on. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Log } from "../model/adapters.ts";
import type { ManualTargetStore, StoredManualTarget } from "../model/manual-targets.ts";

const FORMAT = 1;
const LONGEST_TEXT = 1024 * 1024;

/** A `HoldsPort` over one JSON file, written whole and renamed into place. */
export function createManualTargetFile(path: string, log: Log): ManualTargetStore {
  return { load: () => load(path, log), save: (holds) => save(path, holds, log) };
}

function load(path: string, log: Log): Record<string, StoredManualTarget> {
  try {
    const text = readFileSync(path, "utf8");
    const holds = text.length > LONGEST_TEXT ? undefined : parseManualTargets(JSON.parse(text));
    if (holds !== undefined) return holds;
    log.warn({ path }, "the file of hand-held targets is not understood: starting without them");
  } catch (error) {
    if (!isMissing(error))
      log.warn({ path, err: error }, "the hand-held targets cannot be read: starting without them");
  }
  return {};
}

/** Reads what `save` wrote; absent when it is anything else. Pure. */
export function parseManualTargets(value: unknown): Record<string, StoredManualTarget> | undefined {
  if (!isRecord(value) || value["format"] !== FORMAT || !isRecord(value["holds"])) return undefined;
  const holds: Record<string, StoredManualTarget> = {};
  for (const [name, hold] of Object.entries(value["holds"])) {
    if (!isRecord(hold) || !isSize(hold["targetBytes"])) return undefined;
    const untilWallMs = hold["untilWallMs"];
    if (untilWallMs !== undefined && !isSize(untilWallMs)) return undefined;
    holds[name] = { targetBytes: hold["targetBytes"], ...(untilWallMs !== undefined && { untilWallMs }) };
  }
  return holds;
}

function save(path: string, holds: Readonly<Record<string, StoredManualTarget>>, log: Log): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    writeFileSync(`${path}.new`, `${JSON.stringify({ format: FORMAT, holds })}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch (error) {
    log.warn({ path, err: error }, "hand-held targets cannot be kept: a restart would forget them");
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
