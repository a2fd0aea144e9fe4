/** Keeps manual targets in the state folder, so that a restarted broker goes on with them. */
import type { Log } from "../model/adapters.ts";
import { isGuestName } from "../model/inventory.ts";
import {
  type ManualTargetStore,
  ManualTargetStoreError,
  type StoredManualTarget,
} from "../model/manual-targets.ts";
import { isRecord, readState, writeState } from "./json-state.ts";

const FORMAT = 1;

/** A `ManualTargetStore` over one JSON file, written whole and renamed into place. */
export function createManualTargetFile(path: string, log: Log): ManualTargetStore {
  return {
    load: () => readState(path, log, "manual targets", parseManualTargets) ?? {},
    save: (targets) => save(path, targets),
  };
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
    writeState(path, { format: FORMAT, holds });
  } catch (error) {
    throw new ManualTargetStoreError(path, error);
  }
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
