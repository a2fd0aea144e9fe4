/** Builds the policy's snapshot from the newest facts of all guests. */
import type { GuestFacts, Inhibition } from "../model/guest.ts";
import type { HotCacheSource, UseForecaster } from "../model/history.ts";
import type { HostFacts } from "../model/host.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { GuestRecord } from "./guest-record.ts";

/** What the history tells of guests; absent where none is kept. */
export interface PastOfGuests {
  readonly forecaster?: UseForecaster | undefined;
  readonly hotCaches?: HotCacheSource | undefined;
}

/**
 * The snapshot. Guests whose size is not known yet are left out: nothing can be decided about them. `isObserved`: whether a guest is
 * only watched while others are balanced.
 */
export function buildSnapshot(
  host: HostFacts,
  records: Iterable<GuestRecord>,
  nowMs: number,
  isObserved: (name: string) => boolean = () => false,
  past: PastOfGuests = {},
): Snapshot {
  const guests: GuestFacts[] = [];
  for (const record of records) {
    const facts = snapshotFacts(record, nowMs, isObserved, past);
    if (facts !== undefined) guests.push(facts);
  }
  return { nowMs, host, guests };
}

/** What a snapshot has of one guest; undefined while its size is unknown. The parameters are those of {@link buildSnapshot}. */
export function snapshotFacts(
  record: GuestRecord,
  nowMs: number,
  isObserved: (name: string) => boolean,
  { forecaster, hotCaches }: PastOfGuests,
): GuestFacts | undefined {
  const facts = guestFacts(record, nowMs);
  if (facts === undefined) return undefined;
  const forecast = forecaster?.of(facts.name);
  const rememberedHotCache = hotCaches?.of(facts.name);
  return {
    ...facts,
    ...(isObserved(facts.name) && { observeOnly: true }),
    ...(forecast !== undefined && { forecast }),
    ...(rememberedHotCache !== undefined && { rememberedHotCache }),
  };
}

/** The facts of one guest for the policy; undefined while its size is unknown. */
export function guestFacts(record: GuestRecord, nowMs: number): GuestFacts | undefined {
  const limits = record.limits();
  if (limits === undefined) return undefined;
  const { fullBytes, ...bounds } = limits;
  // If two sources contradict each other, one is wrong, and it is not known which.
  const isContradictory = record.boot.contradiction !== undefined;
  const inhibitions = inhibitionsOf(record, nowMs);
  // Figures from while memory is plugged or unplugged may belong to the old size, or to neither.
  const isDoubtful = isContradictory || inhibitions.includes("memory-hotplug");
  const report = isDoubtful ? undefined : record.boot.report;
  const stats = isDoubtful ? undefined : record.monitorFacts.stats;
  const manual = record.manualTarget(nowMs);
  const { balloon } = record;
  return {
    name: record.entry.name,
    limits: bounds,
    fullBytes,
    inhibitions,
    bootSeenAtMs: record.boot.seenAtMs,
    ...(balloon.actualBytes !== undefined && {
      balloon: {
        actualBytes: balloon.actualBytes,
        observedAtMs: balloon.actualAtMs,
        ...(balloon.targetBytes !== undefined && { targetBytes: balloon.targetBytes }),
      },
    }),
    ...(balloon.other !== undefined && { otherController: balloon.other }),
    ...(stats !== undefined && { stats }),
    ...(report !== undefined && { report }),
    ...(record.agent !== undefined && { agent: record.agent.facts() }),
    ...(record.monitor.access !== undefined && { monitor: record.monitor.access }),
    ...(record.processMemory !== undefined && { processMemory: record.processMemory }),
    ...(manual !== undefined && { manual }),
  };
}

/** A QEMU that did not take the last command counts as unreachable until it is tried again. */
export function inhibitionsOf(record: GuestRecord, nowMs: number): readonly Inhibition[] {
  const { lock } = record.entry;
  const seen = record.monitorFacts.inhibitions;
  const inhibitions: readonly Inhibition[] = lock === undefined ? seen : [...seen, "platform-lock"];
  const paused = nowMs < (record.balloon.failure?.retryAtMs ?? Number.NEGATIVE_INFINITY);
  return paused && !inhibitions.includes("unreachable") ? ["unreachable", ...inhibitions] : inhibitions;
}
