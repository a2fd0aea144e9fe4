import type { GuestFacts, GuestReport } from "../../model/guest.ts";
import type { PolicyTuning } from "../../model/settings.ts";

/** The guest's report, if a session lives and it is not too old to act on. */
export function freshReport(facts: GuestFacts, tuning: PolicyTuning, nowMs: number): GuestReport | undefined {
  const report = facts.report;
  if (report === undefined || facts.agent?.connected !== true) return undefined;
  return nowMs - report.receivedAtMs <= tuning.staleAfterMs ? report : undefined;
}

/** Whether the guest is within its protection time after boot; its own clock tells best. */
export function isBooting(facts: GuestFacts, tuning: PolicyTuning, nowMs: number): boolean {
  return bootAgeMs(facts, nowMs) < tuning.bootProtectMs;
}

/** Time since the guest's boot, as far as it can be told. */
export function bootAgeMs(facts: GuestFacts, nowMs: number): number {
  return facts.report?.sampledAtMs ?? nowMs - facts.bootSeenAtMs;
}
