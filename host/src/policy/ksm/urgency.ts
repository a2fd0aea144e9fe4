/** KSM gets more CPU the shorter memory is; what KSM saves counts as used, so success does not stop it. */
import { clamp } from "../../model/bytes.ts";
import type { KsmSnapshot } from "../../model/ksm.ts";
import type { KsmSettings } from "../../model/ksm-settings.ts";
import type { Regime } from "../../model/plan.ts";

/** Urgency begins below this share of memory (or of the budget) left: well before balloons move. */
const BEGINS_AT_SHARE = 0.3;
/** Urgency is full at this share left. */
const FULL_AT_SHARE = 0.1;
/** PSI `some` avg10 of memory at which urgency is full, percent. */
const FULL_STALL_PERCENT = 10;
/** ksmd begins to back off at this CPU stall, percent. */
const BACK_OFF_PERCENT = 20;
/** Over this many percent more, ksmd goes down to its least share. */
const BACK_OFF_RANGE_PERCENT = 60;
/** The share of its budget that ksmd keeps under any CPU stall. */
const LEAST_BACK_OFF = 0.2;
/** The least urgency in each regime of the balloons. */
const REGIME_URGENCY: Readonly<Record<Regime, number>> = { ample: 0, tight: 0.4, scarce: 0.8, critical: 1 };

/** Urgency, from 0 (nothing to gain) to 1. Savings count as used, on the host and in the ledger. */
export function ksmUrgency({ host, ledger, reading }: KsmSnapshot): number {
  const ofHost = shortage((host.availableBytes - reading.savedBytes) / host.totalBytes);
  const ofStall = Math.min(1, (host.memoryStallPercent ?? 0) / FULL_STALL_PERCENT);
  if (ledger === undefined || ledger.budgetBytes <= 0) return Math.max(ofHost, ofStall);
  const left = ledger.budgetBytes - ledger.reserveBytes - ledger.chargedBytes - reading.savedBytes;
  return Math.max(ofHost, ofStall, shortage(left / ledger.budgetBytes), REGIME_URGENCY[ledger.regime]);
}

function shortage(leftShare: number): number {
  return clamp((BEGINS_AT_SHARE - leftShare) / (BEGINS_AT_SHARE - FULL_AT_SHARE), 0, 1);
}

/** Share of one processor that ksmd may take, 0…1. It grows with urgency and shrinks with CPU stall, except in `critical`. */
export function cpuBudget(urgency: number, { host, ledger }: KsmSnapshot, settings: KsmSettings): number {
  const { minCpuPercent, maxCpuPercent } = settings;
  const wanted = (minCpuPercent + (maxCpuPercent - minCpuPercent) * urgency) / 100;
  if (ledger?.regime === "critical") return wanted;
  const stall = host.cpuStallPercent ?? 0;
  return wanted * clamp(1 - (stall - BACK_OFF_PERCENT) / BACK_OFF_RANGE_PERCENT, LEAST_BACK_OFF, 1);
}
