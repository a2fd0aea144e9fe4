/** What a demand for memory would have met at the moment of an OOM kill, from what balloon and host had. Pure. */
import type { GuestPoint, HostPoint, KillAnswers } from "../model/history.ts";
import { SMALLEST_MOVE_BYTES } from "./intended.ts";

/** Names of the answers. */
export const KILL_ANSWERS = ["met", "metInPart", "hostShort", "atMaximum", "unknown"] as const;

/** The answer to the kills of one guest at one step. A demand can give back what the balloon has, as far as the host can promise it. */
export function killAnswer(
  { actualBytes, maxBytes }: GuestPoint,
  { freeBytes }: HostPoint,
): (typeof KILL_ANSWERS)[number] {
  if (actualBytes === undefined || maxBytes === undefined) return "unknown";
  const lentBytes = maxBytes - actualBytes;
  if (lentBytes <= SMALLEST_MOVE_BYTES) return "atMaximum";
  if (freeBytes === undefined) return "unknown";
  if (freeBytes >= lentBytes) return "met";
  return freeBytes > SMALLEST_MOVE_BYTES ? "metInPart" : "hostShort";
}

/** None yet. */
export function noKills(): KillAnswers {
  return { met: 0, metInPart: 0, hostShort: 0, atMaximum: 0, unknown: 0 };
}
