/** KSM's state for the admin. Pure. */
import type { KsmGuest, KsmReading } from "../../model/ksm.ts";
import type { KsmMode } from "../../model/ksm-settings.ts";
import type {
  KsmGuestStatus,
  KsmReason,
  KsmStatus,
  MergeVerdict,
  UnmergeProgress,
} from "../../model/ksm-status.ts";
import type { KsmDecision } from "../../policy/ksm/decide.ts";

const NS_PER_SECOND = 1e9;

export interface KsmStatusInput {
  readonly mode: KsmMode;
  readonly act: boolean;
  readonly reading: KsmReading;
  readonly decision: KsmDecision;
  readonly problem: string | undefined;
  readonly unmerge: UnmergeProgress | undefined;
}

export function statusOf({ mode, act, reading, decision, problem, unmerge }: KsmStatusInput): KsmStatus {
  const { knobs } = reading;
  const isOwn = decision.reason !== "off" && decision.reason !== "observe" && decision.reason !== "rival";
  const reason = isOwn && !act ? "observe-only" : decision.reason;
  return {
    mode,
    run: knobs.run,
    pagesSharing: reading.pagesSharing,
    savedBytes: reading.savedBytes,
    pagesShared: reading.pagesShared,
    reason,
    text: reasonText({ ...decision, reason }),
    ...(decision.phase !== undefined && { state: decision.phase }),
    ...(problem !== undefined && { problem }),
    pagesToScan: knobs.pagesToScan,
    sleepMs: knobs.sleepMs,
    ...(knobs.advisorMode !== undefined && { advisor: knobs.advisorMode }),
    ...(reading.generalProfitBytes !== undefined && { profitBytes: reading.generalProfitBytes }),
    fullScans: reading.fullScans,
    ...costs(reading, decision),
    pressurePercent: Math.round(decision.urgency * 100),
    ...(unmerge !== undefined && { unmerge }),
  };
}

function costs(reading: KsmReading, { memory }: KsmDecision): Partial<KsmStatus> {
  const { fullScanMs, cpuShare, yieldBytesPerCpuSecond } = memory.effort;
  const cpuSeconds = reading.ksmdCpuNs === undefined ? undefined : reading.ksmdCpuNs / NS_PER_SECOND;
  const perSecond = cpuSeconds ? Math.round(reading.savedBytes / cpuSeconds) : undefined;
  return {
    ...(fullScanMs !== undefined && { fullScanMs: Math.round(fullScanMs) }),
    ...(cpuShare !== undefined && cpuSeconds !== undefined && { cpuPercent: tenth(cpuShare * 100) }),
    ...(cpuSeconds !== undefined && { cpuSecondsTotal: tenth(cpuSeconds) }),
    ...(perSecond !== undefined && { savedBytesPerCpuSecond: perSecond }),
    ...(yieldBytesPerCpuSecond !== undefined && {
      yieldBytesPerCpuSecond: Math.round(yieldBytesPerCpuSecond),
    }),
  };
}

export function guestStatusOf(
  guest: KsmGuest,
  verdict: MergeVerdict | undefined,
  pageBytes: number,
): KsmGuestStatus {
  const { process, merging, trust } = guest;
  return {
    merging: merging?.on === true && merging.obstacle === undefined,
    reason: verdict?.reason ?? merging?.obstacle ?? (merging?.on === true ? "merged" : "unknown"),
    trust,
    ...(process !== undefined && {
      sharedBytes: (process.mergingPages + (process.zeroPages ?? 0)) * pageBytes,
    }),
    ...(process?.profitBytes !== undefined && { profitBytes: process.profitBytes }),
  };
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}

/** What the broker does with KSM and why, in words. */
export function reasonText({ reason, detail }: Pick<KsmDecision, "reason" | "detail">): string {
  const text = TEXTS[reason];
  return detail === undefined ? text : `${text}: ${detail}`;
}

const TEXTS: Readonly<Record<KsmReason, string>> = {
  off: "ksm.mode is off: KSM is left alone",
  observe: "KSM is only observed",
  "observe-only": "mode is observe: KSM is not changed",
  "no-ksm": "KSM's state cannot be read",
  rival: "another program controls KSM; not changing it",
  "foreign-change":
    "another program changed KSM's knobs; leaving them alone for 30 minutes, or until ballast ksm on",
  "manual-off": "ksmd rests until ballast ksm on",
  unmerging: "merged pages are being unmerged",
  "trust-unsettled": "ksmd rests until guests that must not share are unmerged",
  "nothing-to-merge": "ksmd rests: no guest's memory can be merged",
  "no-advisor": "this kernel has no KSM advisor; write ksm.mode adaptive",
  "ksmtuned-enough": "ksmtuned's rule: memory is free, ksmd rests",
  "ksmtuned-short": "ksmtuned's rule: little is free, ksmd scans faster",
  "ksmtuned-overcommitted": "ksmtuned's rule: guests are large, ksmd scans slower",
  "guest-started": "harvest: a guest has started",
  "memory-pressure": "harvest: memory gets tight",
  asked: "harvest: commanded by ballast ksm on",
  maintain: "maintain: full scans come only as often as they pay",
  idle: "ksmd rests: memory is ample",
  "no-profit": "ksmd rests: its records cost more than merging saves",
};
