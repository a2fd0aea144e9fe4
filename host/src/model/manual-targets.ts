import { StateNotKeptError } from "./state-not-kept.ts";

/** Manual targets as they are saved for a restart of the broker. */
export interface StoredManualTarget {
  readonly targetBytes: number;
  /** End on the wall clock, milliseconds since 1970; absent: until the admin ends it. */
  readonly untilWallMs?: number;
}

/** Saves manual targets. */
export interface ManualTargetStore {
  /** Empty when nothing was saved or it cannot be read. */
  load(): Readonly<Record<string, StoredManualTarget>>;
  /** @throws {ManualTargetStoreError} when they cannot be saved: what was saved before stands. */
  save(targets: Readonly<Record<string, StoredManualTarget>>): void;
}

/** Manual targets cannot be saved; `message` tells the admin what to do. */
export class ManualTargetStoreError extends StateNotKeptError {
  readonly code = "MANUAL_TARGETS_NOT_KEPT";
  override readonly name = "ManualTargetStoreError";
}
