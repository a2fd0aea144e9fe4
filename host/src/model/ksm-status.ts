/** KSM's decision and status: names are fixed, bytes are integers, what is unknown is absent. */
import { type AdvisorMode, MERGE_OBSTACLES } from "./ksm.ts";
import type { KsmMode } from "./ksm-settings.ts";

/** Why KSM does what it does: a closed set, each explained in docs/ksm.md. */
export const KSM_REASONS = [
  "off",
  "observe",
  "observe-only",
  "no-ksm",
  "rival",
  "foreign-change",
  "manual-off",
  "unmerging",
  "trust-unsettled",
  "nothing-to-merge",
  "no-advisor",
  "ksmtuned-enough",
  "ksmtuned-short",
  "ksmtuned-overcommitted",
  "guest-started",
  "memory-pressure",
  "asked",
  "maintain",
  "idle",
  "no-profit",
] as const;
export type KsmReason = (typeof KSM_REASONS)[number];

/** Why a guest's pages are merged or not. */
export const MERGE_REASONS = [
  "merged",
  "other-trust",
  "no-profit",
  "off-as-found",
  "unknown",
  ...MERGE_OBSTACLES,
] as const;
export type MergeReason = (typeof MERGE_REASONS)[number];

/** A guest's state in KSM. */
export interface MergeVerdict {
  readonly name: string;
  readonly reason: MergeReason;
  /** What merging shall be switched to; absent: left as it is. */
  readonly switchTo?: boolean;
}

/** The part `ksm` of the status: names are fixed, bytes are integers, what is unknown is absent. */
export interface KsmStatus {
  readonly mode: KsmMode;
  readonly run: number;
  readonly pagesSharing: number;
  readonly savedBytes: number;
  readonly pagesShared: number;
  readonly reason: KsmReason;
  /** The reason in words, with its detail. */
  readonly text: string;
  /** `harvest`, `maintain` or `idle` in the modes that have them. */
  readonly state?: string;
  /** Why a knob could not be set. */
  readonly problem?: string;
  readonly pagesToScan: number;
  readonly sleepMs: number;
  readonly advisor?: AdvisorMode;
  /** Savings less KSM's own records. */
  readonly profitBytes?: number;
  readonly fullScans: number;
  /** How long the last full scan took. */
  readonly fullScanMs?: number;
  /** Of one processor, since the last tick. */
  readonly cpuPercent?: number;
  /** ksmd's time since the host's boot. */
  readonly cpuSecondsTotal?: number;
  /** All savings for all of ksmd's time. */
  readonly savedBytesPerCpuSecond?: number;
  /** Gained in the last full scan for its time; negative when more broke apart. */
  readonly yieldBytesPerCpuSecond?: number;
  /** What KSM is worth to the host now, 0…100. */
  readonly pressurePercent: number;
  readonly unmerge?: UnmergeProgress;
}

/** A guest's part in it. */
export interface KsmGuestStatus {
  readonly merging: boolean;
  readonly reason: MergeReason;
  readonly trust: string;
  readonly sharedBytes?: number;
  readonly profitBytes?: number;
}

/** One unmerge of all pages. */
export interface UnmergeProgress {
  readonly state: "running" | "done" | "failed" | "stopped";
  readonly startBytes: number;
  readonly leftBytes: number;
  readonly text: string;
}
