import type { Inhibition, Pressure } from "./guest.ts";

/** How short the host's memory is, most comfortable first. */
export const REGIMES = ["ample", "tight", "scarce", "critical"] as const;
export type Regime = (typeof REGIMES)[number];

/** Whether `a` is a shorter regime than `b`. */
export function worse(a: Regime, b: Regime): boolean {
  return REGIMES.indexOf(a) > REGIMES.indexOf(b);
}

/** Why a guest's target is what it is: a closed set, each explained in docs/reasons.md. */
export const REASONS = [
  "steady",
  "give-back",
  "give-to-floor",
  "demand",
  "demand-partial",
  "demand-refused",
  "take-idle",
  "take-to-floor",
  "take-to-guarantee",
  "manual",
  "other-controller",
  "observe-only",
  "excluded",
  "inhibited",
  "no-information",
  "stale-report",
  "dead-band",
  "hold-after-demand",
  "hold-after-turn",
  "hold-under-pressure",
  "hold-while-growing",
  "hold-cache-filling",
  "hold-agent-lost",
  "stuck",
  "ineffective",
  "host-short",
  "reset",
  "size-unknown",
] as const;
export type Reason = (typeof REASONS)[number];

/** What moves a target: a closed set. The policy and the broker decide by it; the reason that is shown follows from it. */
export const MOVE_KINDS = [
  "give-surplus",
  "give-to-floor",
  "answer-demand",
  "pay-debt",
  "follow-deflate",
  "release",
  "manual",
  "take-idle",
  "take-to-floor",
  "take-to-guarantee",
  "point-at-actual",
  "reset",
  "learn-size",
] as const;
export type MoveKind = (typeof MOVE_KINDS)[number];

/** Why nothing is taken from a guest now: a closed set. */
export const PROTECTION_KINDS = [
  "inhibited",
  "booting",
  "stuck",
  "ineffective",
  "agent-lost",
  "no-information",
  "stale-report",
  "demanded",
  "under-pressure",
  "growing",
  "cache-filling",
  "turned",
] as const;
export type ProtectionKind = (typeof PROTECTION_KINDS)[number];

/** Why a target stays where it is. */
export type StayKind =
  | ProtectionKind
  | "steady"
  | "on-its-way"
  | "dead-band"
  | "excluded"
  | "other-controller"
  | "observe-only";

/** What is intended with a guest. */
export type IntentKind = MoveKind | StayKind;

/** Where the figures about a guest come from. */
export type Source = "agent" | "balloon-stats" | "none";

/** All figures of one decision about one guest; `explain` prints them. */
export interface Verdict {
  readonly name: string;
  readonly source: Source;
  /** What was decided. */
  readonly kind: IntentKind;
  /** The reason that is shown for it. */
  readonly reason: Reason;
  /** The reason's detail, such as an inhibition or a time left: for words, not for logic. */
  readonly detail?: string;
  /** The most lasting cause where the balloon must not or cannot be moved. */
  readonly inhibition?: Inhibition;
  readonly pressure?: Pressure;
  readonly actualBytes?: number;
  /** Where the balloon shall go; absent: left as it is. */
  readonly targetBytes?: number;
  readonly usedBytes?: number;
  readonly availableBytes?: number;
  readonly hotCacheBytes?: number;
  /** Pages a second that it reads again after they were evicted. */
  readonly missesPerSecond?: number;
  readonly headroomBytes?: number;
  /** Used and headroom, without cache: with less its programs cannot go on. */
  readonly vitalBytes?: number;
  /** What its operating system needs whatever its programs use; absent where nothing is known of it. */
  readonly systemBytes?: number;
  /** Reported use that cannot be seen, and is not believed. */
  readonly doubtedBytes?: number;
  readonly growthBytesPerSecond?: number;
  readonly floorBytes?: number;
  /** Use that its history forecasts for this hour. */
  readonly forecastBytes?: number;
  readonly wantBytes?: number;
  /** Share of the budget that the distribution gives: it may be taken down to here. */
  readonly entitledBytes?: number;
  /** The same with a wider margin left free: it is given up to here. Between the two nothing moves. */
  readonly giveBytes?: number;
  /** Never taken below this in the present regime. */
  readonly leastBytes?: number;
  /** Smaller changes are not worth it. */
  readonly deadBandBytes?: number;
  /** Measured speed at which its balloon takes memory. */
  readonly inflateBytesPerSecond?: number;
  /** Granted lately and perhaps not drawn yet. */
  readonly inFlightBytes?: number;
  /** Demanded and not granted yet. */
  readonly owedBytes?: number;
  /** What counts against the budget. */
  readonly chargeBytes?: number;
  /** What it could take without a demand. */
  readonly exposureBytes?: number;
}

/** One balloon command. */
export interface Move {
  readonly name: string;
  readonly fromBytes: number;
  readonly toBytes: number;
  readonly kind: IntentKind;
  readonly reason: Reason;
}

/** The budget's ledger at one moment. */
export interface LedgerView {
  readonly budgetBytes: number;
  readonly reserveBytes: number;
  /** The largest demand of all guests at once that is remembered: the reserve is ready for it. */
  readonly burstBytes: number;
  /** What all guests together count for. */
  readonly chargedBytes: number;
  /** What may be promised now: never negative. */
  readonly freeBytes: number;
}

/** The policy's result as data; the broker carries it out. Moves that shrink a guest come before moves that grow one. */
export interface Plan {
  readonly atMs: number;
  readonly regime: Regime;
  readonly ledger: LedgerView;
  readonly moves: readonly Move[];
  /** Targets to send again, because the balloon has not begun to move. */
  readonly repeats: readonly Move[];
  readonly verdicts: readonly Verdict[];
  /** Something was promised but could not be given yet: decide again soon. */
  readonly owedBytes: number;
  /** The host could run out within seconds: decide again soon. */
  readonly urgent: boolean;
  /** Things worth telling the admin, once. */
  readonly notices: readonly Notice[];
}

/** Something that the admin should read. */
export interface Notice {
  readonly level: "info" | "warn";
  readonly guest?: string;
  readonly text: string;
}

/** How a demand was answered at once. */
export const DEMAND_OUTCOMES = ["granted", "partial", "refused"] as const;
export type DemandOutcome = (typeof DEMAND_OUTCOMES)[number];

/** The answer to one demand. */
export interface DemandAnswer {
  readonly outcome: DemandOutcome;
  readonly grantedBytes: number;
  readonly targetBytes: number;
  readonly reason: Reason;
}
