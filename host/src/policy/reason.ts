/** The reason that is shown follows from the kind of the intent; nothing is decided by it. */
import type { IntentKind, Reason } from "../model/plan.ts";

const REASON_OF: Readonly<Record<IntentKind, Reason>> = {
  "give-surplus": "give-back",
  "give-to-floor": "give-to-floor",
  "answer-demand": "demand",
  "pay-debt": "demand",
  "follow-deflate": "demand",
  release: "hold-agent-lost",
  manual: "manual",
  "take-idle": "take-idle",
  "take-to-floor": "take-to-floor",
  "take-to-guarantee": "take-to-guarantee",
  "point-at-actual": "stuck",
  reset: "reset",
  "learn-size": "size-unknown",
  steady: "steady",
  "on-its-way": "steady",
  "dead-band": "dead-band",
  "other-controller": "other-controller",
  "observe-only": "observe-only",
  excluded: "excluded",
  inhibited: "inhibited",
  booting: "inhibited",
  stuck: "stuck",
  ineffective: "ineffective",
  "agent-lost": "hold-agent-lost",
  "no-information": "no-information",
  "stale-report": "stale-report",
  demanded: "hold-after-demand",
  "under-pressure": "hold-under-pressure",
  growing: "hold-while-growing",
  "cache-filling": "hold-cache-filling",
  turned: "hold-after-turn",
};

/** The reason for an intent. `unpaidBytes` is the part of it that could not be given. */
export function reasonOf(kind: IntentKind, unpaidBytes = 0): Reason {
  if (unpaidBytes <= 0) return REASON_OF[kind];
  return isForDemand(kind) ? "demand-partial" : "host-short";
}

/** Whether a target rises because the guest demanded it. */
export function isForDemand(kind: IntentKind): boolean {
  return kind === "answer-demand" || kind === "pay-debt" || kind === "follow-deflate";
}
