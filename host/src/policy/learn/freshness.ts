/** A report counts only while its session lives and until it is stale. */
import type { GuestFacts, GuestReport } from "../../model/guest.ts";
import type { PolicyTuning } from "../../model/settings.ts";

/** The guest's report, if its session lives and the report is not too old to act on. */
export function freshReport(facts: GuestFacts, tuning: PolicyTuning, nowMs: number): GuestReport | undefined {
  const report = facts.report;
  if (report === undefined || facts.agent?.connected !== true) return undefined;
  return nowMs - report.receivedAtMs <= tuning.staleAfterMs ? report : undefined;
}

/** Whether the guest is within its protection time after boot. */
export function isBooting(facts: GuestFacts, tuning: PolicyTuning, nowMs: number): boolean {
  return bootAgeMs(facts, nowMs) < tuning.bootProtectMs;
}

/** Time since the guest's boot: by the guest's own clock if an agent reports, else since the broker saw it boot. */
export function bootAgeMs(facts: GuestFacts, nowMs: number): number {
  return facts.report?.sampledAtMs ?? nowMs - facts.bootSeenAtMs;
}
