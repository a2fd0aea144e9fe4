/** What the balloon did overrides the intent: first a debt, then memory that was taken back, then a stuck balloon. */
import type { ProgressReport } from "../learn/balloon-progress.ts";
import { mustWaitToTurn } from "../learn/turns.ts";
import type { GuestNeed } from "../need/assess.ts";
import { undriven } from "../need/undriven.ts";
import type { Intent } from "./intent.ts";

/** The intent after what the balloon did; `progress` tells that. */
export function corrected(
  guest: GuestNeed,
  intent: Intent,
  progress: ProgressReport | undefined,
  nowMs: number,
): Intent {
  if (undriven(guest.facts) !== undefined) return intent;
  const owedBytes = guest.memory.owed?.bytes ?? 0;
  if (owedBytes > 0 && !mustWait(guest, intent, nowMs)) {
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

/** Whether what is owed to the guest waits: a patient debt neither stops taking nor makes the balloon turn too often. */
function mustWait({ memory, targetBytes }: GuestNeed, intent: Intent, nowMs: number): boolean {
  if (memory.owed?.isPatient !== true) return false;
  return intent.targetBytes < targetBytes || mustWaitToTurn(memory, "up", nowMs);
}
