/** The admin's switch of single guests between `observe` and `act`, kept over a restart of the broker. */
import type { Mode } from "./settings.ts";
import { StateNotKeptError } from "./state-not-kept.ts";

/** Where the switches are kept. */
export interface GuestModeStore {
  /** By guest; empty when nothing was kept or it cannot be read. */
  load(): Readonly<Record<string, Mode>>;
  /** @throws {GuestModeStoreError} when they cannot be kept: what was kept before stands. */
  save(modes: Readonly<Record<string, Mode>>): void;
}

/** The switches cannot be kept; `message` tells the admin what to do. */
export class GuestModeStoreError extends StateNotKeptError {
  readonly code = "GUEST_MODES_NOT_KEPT";
  override readonly name = "GuestModeStoreError";
}
