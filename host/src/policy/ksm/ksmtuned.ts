/** Mode `ksmtuned` computes what the shell script computes: whole kibibytes and pages, rounded down (docs/ksm.md lists its defects). */
import { clamp } from "../../model/bytes.ts";
import type { KsmtunedFacts, KsmWrites } from "../../model/ksm.ts";
import type { KsmtunedRule } from "../../model/ksm-settings.ts";
import type { KsmReason } from "../../model/ksm-status.ts";

/** `KSM_SLEEP_MSEC` is meant for a host of this size. */
const SLEEP_HOST_KIB = 16 * 1024 * 1024;
/** The script's own lower limit for the sleep. */
const LEAST_SLEEP_MS = 10;
const KIB_PER_MIB = 1024;

/** What the rule remembers from one interval to the next. */
export interface KsmtunedMemory {
  /** `npages`: 0 at the start; a stop leaves it as it is. */
  readonly pages: number;
  readonly decidedAtMs?: number;
  readonly outcome?: KsmtunedOutcome;
}

export interface KsmtunedOutcome {
  readonly writes: KsmWrites;
  readonly reason: KsmReason;
}

export const FRESH_KSMTUNED: KsmtunedMemory = { pages: 0 };

/** Decides once per interval; in between the last outcome stands. */
export function decideKsmtuned(
  facts: KsmtunedFacts,
  savedBytes: number,
  before: KsmtunedMemory,
  rule: KsmtunedRule,
  nowMs: number,
): { readonly outcome: KsmtunedOutcome; readonly memory: KsmtunedMemory } {
  const isDue = before.decidedAtMs === undefined || nowMs - before.decidedAtMs >= rule.monitorIntervalMs;
  if (before.outcome !== undefined && !isDue) return { outcome: before.outcome, memory: before };
  const { outcome, pages } = applyKsmtuned(mended(facts, savedBytes, rule), before.pages, rule);
  return { outcome, memory: { pages, decidedAtMs: nowMs, outcome } };
}

/** Applies the rule once. `pages` is `npages` as the rule left it last. */
export function applyKsmtuned(
  { totalKib, freeKib, committedKib }: Pick<KsmtunedFacts, "totalKib" | "freeKib" | "committedKib">,
  pages: number,
  rule: KsmtunedRule,
): { readonly outcome: KsmtunedOutcome; readonly pages: number } {
  const thresholdKib = threshold(totalKib, rule);
  if (committedKib + thresholdKib < totalKib && freeKib > thresholdKib) {
    const kept = rule.fixes.includes("reset") ? 0 : pages;
    return { outcome: { writes: { run: 0 }, reason: "ksmtuned-enough" }, pages: kept };
  }
  const isShort = freeKib < thresholdKib;
  const next = clamp(pages + (isShort ? rule.pagesBoost : rule.pagesDecay), rule.pagesMin, rule.pagesMax);
  const reason = isShort ? "ksmtuned-short" : "ksmtuned-overcommitted";
  const writes = { pagesToScan: next, sleepMs: sleepFor(totalKib, rule), run: 1 };
  return { outcome: { writes, reason }, pages: next };
}

function threshold(totalKib: number, rule: KsmtunedRule): number {
  const shareKib = Math.floor((totalKib * rule.thresholdPercent) / 100);
  // The script compares its constant with kibibytes; it was surely meant in mebibytes.
  const unit = rule.fixes.includes("threshold") ? KIB_PER_MIB : 1;
  return Math.max(shareKib, rule.thresholdConst * unit);
}

function sleepFor(totalKib: number, rule: KsmtunedRule): number {
  return Math.max(LEAST_SLEEP_MS, Math.floor((rule.sleepMs * SLEEP_HOST_KIB) / totalKib));
}

/** The facts with the fixes that the config names: available instead of free memory, and KSM's savings counted as used. */
function mended(facts: KsmtunedFacts, savedBytes: number, { fixes, metric }: KsmtunedRule): KsmtunedFacts {
  const freeKib = fixes.includes("available") ? facts.availableKib : facts.freeKib;
  if (!fixes.includes("savings")) return { ...facts, freeKib };
  const savedKib = Math.floor(savedBytes / 1024);
  // Resident memory counts a shared page in every process already.
  const committedKib = facts.committedKib + (metric === "pss" ? savedKib : 0);
  return { ...facts, freeKib: freeKib - savedKib, committedKib };
}
