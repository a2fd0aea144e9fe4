/** Owns what a story leaves behind. */
import type { Observation } from "./observation.ts";

export interface Outcome {
  /** Oldest first. */
  readonly record: readonly Observation[];
  /** Exit status of the burst; absent when it did not end in time. */
  readonly burstStatus?: number;
  /** Counted by each guest's own kernel since its boot. */
  readonly oomKills: Readonly<Record<string, number>>;
}
