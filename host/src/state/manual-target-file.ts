/** Keeps manual targets in the state folder, so that a restarted broker goes on with them. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Log } from "../model/adapters.ts";
import { isGuestName } from "../model/inventory.ts";
import {
  type ManualTargetStore,
  ManualTargetStoreError,
  type StoredManualTarget,
} from "../model/manual-targets.ts";

const FORMAT = 1;
const LONGEST_TEXT = 1024 * 1024;

/** A `ManualTargetStore` over one JSON file, written whole and renamed into place. */
export function createManualTargetFile(path: string, log: Log): ManualTargetStore {
  return { load: () => load(path, log), save: (targets) => save(path, targets) };
}

function load(path: string, log: Log): Record<string, StoredManualTarget> {
  try {
    const text = readFileSync(path, "utf8");
    const targets = text.length > LONGEST_TEXT ? undefined : parseManualTargets(JSON.parse(text));
    if (targets !== undefined) return targets;
    log.warn({ path }, "the file of manual targets is not understood: starting without them");
  } catch (error) {
    if (!isMissing(error))
      log.warn({ path, err: error }, "the manual targets cannot be read: starting without them");
  }
  return {};
}

/** Reads what `save` wrote; absent when it is anything else. Pure. */
export function parseManualTargets(value: unknown): Record<string, StoredManualTarget> | undefined {
  if (!isRecord(value) || value["format"] !== FORMAT || !isRecord(value["holds"])) return undefined;
  const targets: Record<string, StoredManualTarget> = {};
  for (const [name, target] of Object.entries(value["holds"])) {
    if (!isGuestName(name) || !isRecord(target) || !isSize(target["targetBytes"])) return undefined;
    const untilWallMs = target["untilWallMs"];
    if (untilWallMs !== undefined && !isSize(untilWallMs)) return undefined;
    targets[name] = { targetBytes: target["targetBytes"], ...(untilWallMs !== undefined && { untilWallMs }) };
  }
  return targets;
}

/** The file's field is called `holds` since the first release. */
function save(path: string, holds: Readonly<Record<string, StoredManualTarget>>): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    writeFileSync(`${path}.new`, `${JSON.stringify({ format: FORMAT, holds })}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch (error) {
    throw new ManualTargetStoreError(path, error);
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
