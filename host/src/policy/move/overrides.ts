import type { ProgressReport } from "../learn/balloon-progress.ts";
import type { GuestNeed } from "../need/assess.ts";
import type { Intent } from "./intent.ts";

/** What the balloon itself did overrides what was intended: debts first, then what was taken back unasked, then being stuck. */
export function corrected(guest: GuestNeed, intent: Intent, progress: ProgressReport | undefined): Intent {
  // Two programs on one balloon undo each other's work, whatever is owed.
  if (guest.facts.otherController !== undefined) return intent;
  const owedBytes = guest.memory.owed?.bytes ?? 0;
  if (owedBytes > 0) {
    const targetBytes = Math.min(
      guest.facts.limits.maxBytes,
      Math.max(intent.targetBytes, guest.targetBytes + owedBytes),
    );
    return { targetBytes, kind: "pay-debt", detail: "rest of a demand" };
  }
  if (progress === undefined) return intent;
  const { maxBytes } = guest.facts.limits;
  if (progress.tookBackBytes > 0 && intent.targetBytes < guest.actualBytes) {
    return {
      targetBytes: Math.min(maxBytes, guest.actualBytes),
      kind: "follow-deflate",
      detail: "taken back by deflate-on-oom",
    };
  }
  if (progress.stuck && intent.targetBytes < guest.actualBytes) {
    return {
      targetBytes: Math.min(maxBytes, guest.actualBytes),
      kind: "point-at-actual",
      detail: "pointed at where it stands",
    };
  }
  return intent;
}
