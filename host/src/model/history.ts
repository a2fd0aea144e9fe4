/** What is remembered of guests and host on disk, and what reads it. Times are on the wall clock; sizes are rounded to MiB. */
import type { Pressure, RememberedHotCache, UseForecast } from "./guest.ts";
import type { Reason, Regime } from "./plan.ts";

/** One guest at one moment, or its mean over a longer step. */
export interface GuestPoint {
  readonly name: string;
  readonly actualBytes?: number;
  readonly targetBytes?: number;
  readonly usedBytes?: number;
  /** What its kernel left idle, cache not counted; on Windows as available. */
  readonly freeBytes?: number;
  readonly floorBytes?: number;
  readonly wantBytes?: number;
  readonly maxBytes?: number;
  /** The last one of the step. */
  readonly reason: Reason;
  /** The worst one of the step. */
  readonly pressure?: Pressure;
  readonly hasAgent: boolean;
  readonly isObserved: boolean;
  /** Kills by its OOM killer that were seen in this step. */
  readonly oomKills: number;
}

/** The host at one moment, or its mean over a longer step. */
export interface HostPoint {
  readonly totalBytes?: number;
  readonly availableBytes?: number;
  readonly budgetBytes?: number;
  readonly chargedBytes?: number;
  readonly freeBytes?: number;
  readonly regime?: Regime;
}

/** A move of one guest's balloon. */
export interface RecordedMove {
  readonly atMs: number;
  readonly name: string;
  /** Absent: not known. */
  readonly fromBytes?: number;
  readonly toBytes: number;
  readonly reason: Reason;
}

/** Hot cache that the policy has learned of a guest. */
export interface LearnedHotCache {
  readonly name: string;
  /** The boot in which it was learned; at most 64 characters. */
  readonly bootId: string;
  readonly bytes: number;
}

/** What is written at once. */
export interface HistorySample {
  readonly atMs: number;
  readonly host: HostPoint;
  readonly guests: readonly GuestPoint[];
  /** Since the last sample. */
  readonly moves: readonly RecordedMove[];
  readonly hotCaches: readonly LearnedHotCache[];
}

/** One step of all guests: what `ballast top --at MOMENT --json` prints. */
export interface HistoryStep {
  readonly atMs: number;
  /** How long the step is. */
  readonly stepMs: number;
  readonly host: HostPoint;
  readonly guests: readonly GuestPoint[];
}

/** One step of one guest. */
export interface GuestStep extends Omit<GuestPoint, "name"> {
  readonly atMs: number;
  readonly stepMs: number;
}

/** What `ballast history GUEST --json` prints; oldest first. */
export interface GuestHistory {
  readonly name: string;
  readonly points: readonly GuestStep[];
  readonly moves: readonly RecordedMove[];
}

/** An amount, and the begin of the step that had it. */
export interface Moment {
  readonly atMs: number;
  readonly bytes: number;
}

/** OOM kills by what a demand for memory would have met. */
export interface KillAnswers {
  /** The host could have given back all that the balloon had. */
  readonly met: number;
  /** The host could have given back a part of it. */
  readonly metInPart: number;
  /** The host had nothing to give. */
  readonly hostShort: number;
  /** The guest had its maximum already: no demand helps. */
  readonly atMaximum: number;
  /** The steps do not tell. */
  readonly unknown: number;
}

/**
 * Proxmox's rule at each step beside what `act` would do, in ms of guests' time. It begins at the sizes that were measured, so it is
 * one move of each, not where a balloon would be after many.
 */
export interface ProxmoxComparison {
  readonly comparedMs: number;
  readonly agreeMs: number;
  /** `act` would give, the rule does not. */
  readonly withholdsMs: number;
  /** The rule takes of a guest that `act` would leave. */
  readonly takesNeededMs: number;
  /** `act` would take what is idle, the rule does not. */
  readonly leavesIdleMs: number;
  /** The rule gives to a guest that `act` would leave. */
  readonly givesMoreMs: number;
  /** The rule's move leads below the guest's floor. */
  readonly belowFloorMs: number;
  readonly mostBelowFloor?: Moment & { readonly name: string };
}

/** All guests together over a part of the time; what is absent was not known. */
export interface LendingPart {
  readonly atMs: number;
  readonly stepMs: number;
  readonly lendableBytes?: number;
  readonly lentBytes?: number;
  readonly hostAvailableBytes?: number;
}

/** What `ballast report --json` prints. */
export interface HistoryReport {
  /** As it was wanted. */
  readonly sinceMs: number;
  readonly untilMs: number;
  /** The first step; absent: nothing was remembered. */
  readonly firstMs?: number;
  /** How long the steps are together. */
  readonly measuredMs: number;
  /** The sum over guests of maximum less want: what could be lent without touching any guest's comfort. */
  readonly meanLendableBytes: number;
  readonly most?: Moment;
  readonly least?: Moment;
  /** By hour of the day on the broker's host; hours without a step are left out. */
  readonly lendableByHour: readonly { readonly hour: number; readonly meanBytes: number }[];
  /** The sum over guests of maximum less actual. */
  readonly meanLentBytes: number;
  /** How long each regime lasted, in ms. */
  readonly regimes: Readonly<Record<string, number>>;
  readonly kills: KillAnswers;
  /** Absent: no step told enough. */
  readonly proxmox?: ProxmoxComparison;
  /** Oldest first, at most a few hundred. */
  readonly timeline: readonly LendingPart[];
  readonly guests: readonly GuestReportLine[];
}

/** One guest in the report. */
export interface GuestReportLine {
  readonly name: string;
  readonly measuredMs: number;
  /** Its need was not known for this long. */
  readonly unknownMs: number;
  readonly agentMs: number;
  readonly observedMs: number;
  /** Absent: its need was never known. */
  readonly meanLendableBytes?: number;
  /** It had less than its floor for this long. */
  readonly belowFloorMs: number;
  readonly mostBelowFloor?: Moment;
  /** The most that `act` would have taken while it was only observed; absent: nothing. */
  readonly mostTaken?: Moment;
  readonly oomKills: number;
}

/** Reads the history. Every method rejects with {@link HistoryError} where there is none. */
export interface HistoryReader {
  /** Absent: nothing is remembered of such a guest. */
  guest(name: string, sinceMs: number, untilMs: number): Promise<GuestHistory | undefined>;
  /** The finest step that holds a moment; absent: nothing is remembered of it. */
  moment(atMs: number): Promise<HistoryStep | undefined>;
  /** What the steps of a time say about lending. */
  report(sinceMs: number, untilMs: number): Promise<HistoryReport>;
}

/** Forecasts for now from the history. */
export interface UseForecaster {
  /** Absent: no pattern is known of a guest of that name. */
  of(name: string): UseForecast | undefined;
}

/** Hot caches that were learned before the broker was started anew. */
export interface HotCacheSource {
  /** Absent: nothing is remembered of a guest of that name. */
  of(name: string): RememberedHotCache | undefined;
}

/** The history cannot be written or read; `message` tells the admin what to do. */
export class HistoryError extends Error {
  readonly code: "HISTORY_MISSING" | "HISTORY_DAMAGED" | "HISTORY_FAILED";

  constructor(code: HistoryError["code"], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "HistoryError";
    this.code = code;
  }
}
