/** How much KSM is worth to the host now, and how much of a processor that buys. */
import { clamp } from "../../model/bytes.ts";
import type { KsmSnapshot } from "../../model/ksm.ts";
import type { KsmSettings } from "../../model/ksm-settings.ts";
import type { Regime } from "../../model/plan.ts";

/** Pressure begins with this share of memory (or of the budget) left, well before balloons move, and is full below the second. */
const BEGINS_AT_SHARE = 0.3;
const FULL_AT_SHARE = 0.1;
/** PSI `some` avg10 of memory at which urgency is full, percent. */
const FULL_STALL_PERCENT = 10;
/** With so much CPU stall ksmd begins to back off, and over so much more it goes down to its least share. */
const BACK_OFF_PERCENT = 20;
const BACK_OFF_RANGE_PERCENT = 60;
const LEAST_BACK_OFF = 0.2;
/** A regime that the balloons are in is urgency, whatever else says so. */
const REGIME_URGENCY: Readonly<Record<Regime, number>> = { ample: 0, tight: 0.4, scarce: 0.8, critical: 1 };

/**
 * 0 (nothing to gain) to 1. Savings count as if they were in use, on the host and in the budget's ledger: else KSM would stop
 * because it worked.
 */
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

/** Share of one processor that ksmd may take, 0…1: grows with urgency, shrinks where processors are fought over, but for memory in need. */
export function cpuBudget(urgency: number, { host, ledger }: KsmSnapshot, settings: KsmSettings): number {
  const { minCpuPercent, maxCpuPercent } = settings;
  const wanted = (minCpuPercent + (maxCpuPercent - minCpuPercent) * urgency) / 100;
  if (ledger?.regime === "critical") return wanted;
  const stall = host.cpuStallPercent ?? 0;
  return wanted * clamp(1 - (stall - BACK_OFF_PERCENT) / BACK_OFF_RANGE_PERCENT, LEAST_BACK_OFF, 1);
}
