/** Newest facts of all guests -> one consistent picture for the policy. */
import type { GuestFacts, GuestReport, ManualTarget } from "../model/guest.ts";
import type { HostFacts } from "../model/host.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { GuestRecord } from "./guest-record.ts";

/** Guests whose size is not known yet are left out: nothing can be decided about them. */
export function buildSnapshot(host: HostFacts, records: Iterable<GuestRecord>, nowMs: number): Snapshot {
  const guests: GuestFacts[] = [];
  for (const record of records) {
    const facts = guestFacts(record, nowMs);
    if (facts !== undefined) guests.push(facts);
  }
  return { nowMs, host, guests };
}

/** What the policy may know of one guest; absent while its size is unknown. */
export function guestFacts(record: GuestRecord, nowMs: number): GuestFacts | undefined {
  const limits = record.limits();
  if (limits === undefined) return undefined;
  const { fullBytes, ...bounds } = limits;
  const report = reportOfThisBoot(record);
  const { stats, inhibitions } = record.machineFacts;
  const manual = heldByHand(record, nowMs);
  return {
    name: record.entry.name,
    limits: bounds,
    fullBytes,
    inhibitions,
    bootSeenAtMs: record.bootSeenAtMs,
    ...(record.actualBytes !== undefined && {
      balloon: {
        actualBytes: record.actualBytes,
        observedAtMs: record.actualAtMs,
        ...(record.targetBytes !== undefined && { targetBytes: record.targetBytes }),
      },
    }),
    ...(stats !== undefined && { stats }),
    ...(report !== undefined && { report }),
    ...(record.agent !== undefined && { agent: record.agent.facts() }),
    ...(record.held !== undefined && { held: record.held }),
    ...(manual !== undefined && { manual }),
  };
}

/** What the guest said before its reset is about another guest. */
function reportOfThisBoot(record: GuestRecord): GuestReport | undefined {
  const report = record.agent?.report();
  return report !== undefined && report.receivedAtMs >= record.resetAtMs ? report : undefined;
}

function heldByHand({ manual }: GuestRecord, nowMs: number): ManualTarget | undefined {
  return manual !== undefined && nowMs < (manual.untilMs ?? Number.POSITIVE_INFINITY) ? manual : undefined;
}
