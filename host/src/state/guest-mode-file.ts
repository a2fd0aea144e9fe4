/** Keeps the guests' own modes in the state folder, so that a restarted broker goes on with them. */
import type { Log } from "../model/adapters.ts";
import { type GuestModeStore, GuestModeStoreError } from "../model/guest-modes.ts";
import { isGuestName } from "../model/inventory.ts";
import type { Mode } from "../model/settings.ts";
import { isRecord, readState, writeState } from "./json-state.ts";

const FORMAT = 1;

/** A `GuestModeStore` over one JSON file, written whole and renamed into place. */
export function createGuestModeFile(path: string, log: Log): GuestModeStore {
  return {
    load: () => readState(path, log, "guests' own modes", parseGuestModes) ?? {},
    save: (modes) => {
      try {
        writeState(path, { format: FORMAT, modes });
      } catch (error) {
        throw new GuestModeStoreError(path, error);
      }
    },
  };
}

/** Reads what `save` wrote; absent when it is anything else. Pure. */
export function parseGuestModes(untrusted: unknown): Record<string, Mode> | undefined {
  if (!isRecord(untrusted) || untrusted["format"] !== FORMAT || !isRecord(untrusted["modes"]))
    return undefined;
  const modes: Record<string, Mode> = {};
  for (const [name, mode] of Object.entries(untrusted["modes"])) {
    if (!isGuestName(name) || (mode !== "act" && mode !== "observe")) return undefined;
    modes[name] = mode;
  }
  return modes;
}
