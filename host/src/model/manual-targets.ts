/** Targets held by hand, kept over a restart of the broker. */
export interface StoredManualTarget {
  readonly targetBytes: number;
  /** End of the hold on the wall clock, milliseconds since 1970; absent: until told otherwise. */
  readonly untilWallMs?: number;
}

/** Where hand-held targets are kept. */
export interface ManualTargetStore {
  /** Empty when nothing was kept or it cannot be read. */
  load(): Readonly<Record<string, StoredManualTarget>>;
  /** Failing to keep is reported in the log, not thrown. */
  save(holds: Readonly<Record<string, StoredManualTarget>>): void;
}
