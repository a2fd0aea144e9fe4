import { MIB } from "./bytes.ts";
import type { SizeSetting } from "./host.ts";

/** `observe` only decides and reports; `act` also moves balloons. */
export type Mode = "observe" | "act";

/** What the admin says of a guest's mode: one of its own, or `config` for the one that the config says. */
export type ModeChoice = Mode | "config";

/** Settings of the policy; everything else in its behaviour is in the code. */
export interface PolicySettings {
  readonly mode: Mode;
  readonly budget: SizeSetting;
  readonly reserve: SizeSetting;
  readonly accounting: "resident" | "strict";
  readonly onAgentLoss: "hold" | "release";
  readonly tuning: PolicyTuning;
}

/** The policy's figures; defaults are for production, tests shorten the times. */
export interface PolicyTuning {
  /** A report older than this is stale: at least three heartbeats. */
  readonly staleAfterMs: number;
  /** Smallest headroom, whatever was learned. */
  readonly headroomBytes: number;
  /** Headroom's share of a guest's maximum, in percent; the larger of the two counts. */
  readonly headroomPercent: number;
  /** On top of the floor, in percent of the maximum. */
  readonly comfortPercent: number;
  /** No taking for this long after a demand. */
  readonly holdAfterDemandMs: number;
  /** No turn of direction for this long under steady load. */
  readonly holdAfterTurnMs: number;
  /** A freshly booted guest keeps its memory for this long. */
  readonly bootProtectMs: number;
  /** Without progress for this long a balloon is stuck. */
  readonly stuckAfterMs: number;
}

export const DEFAULT_TUNING: PolicyTuning = {
  staleAfterMs: 10_000,
  headroomBytes: 64 * MIB,
  headroomPercent: 4,
  comfortPercent: 8,
  holdAfterDemandMs: 30_000,
  holdAfterTurnMs: 100_000,
  bootProtectMs: 60_000,
  stuckAfterMs: 5_000,
};
