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
  if (isObserved(facts.name)) facts.observeOnly = true;
  if (forecast !== undefined) facts.forecast = forecast;
  if (rememberedHotCache !== undefined) facts.rememberedHotCache = rememberedHotCache;
  return facts;
}

/** Fields are set one by one: with thousands of guests object spread would take several times as long. */
type Draft = { -readonly [Key in keyof GuestFacts]: GuestFacts[Key] };

/** The facts of one guest for the policy; undefined while its size is unknown. */
export function guestFacts(record: GuestRecord, nowMs: number): Draft | undefined {
  const limits = record.limits();
  if (limits === undefined) return undefined;
  const { fullBytes, ...bounds } = limits;
  // If two sources contradict each other, one is wrong, and it is not known which.
  const isContradictory = record.boot.contradiction !== undefined;
  const inhibitions = inhibitionsOf(record, nowMs);
  const facts: Draft = {
    name: record.entry.name,
    limits: bounds,
    fullBytes,
    inhibitions,
    bootSeenAtMs: record.boot.seenAtMs,
  };
  const balloon = balloonFacts(record, fullBytes);
  if (balloon !== undefined) facts.balloon = balloon;
  if (record.balloon.other !== undefined) facts.otherController = record.balloon.other;
  // Figures from while memory is plugged or unplugged may belong to the old size, or to neither.
  const isDoubtful = isContradictory || inhibitions.includes("memory-hotplug");
  if (!isDoubtful && record.monitorFacts.stats !== undefined) facts.stats = record.monitorFacts.stats;
  if (!isDoubtful && record.boot.report !== undefined) facts.report = record.boot.report;
  if (record.agent !== undefined) facts.agent = record.agent.facts();
  if (record.monitor.access !== undefined) facts.monitor = record.monitor.access;
  if (record.processMemory !== undefined) facts.processMemory = record.processMemory;
  const manual = record.manualTarget(nowMs);
  if (manual !== undefined) facts.manual = manual;
  return facts;
}

/** A guest that may have been started anew may have all of its memory. */
function balloonFacts({ balloon }: GuestRecord, fullBytes: number): GuestFacts["balloon"] {
  const { actualAtMs: observedAtMs, targetBytes } = balloon;
  const actualBytes = balloon.sizeDoubtedSinceMs === undefined ? balloon.actualBytes : fullBytes;
  if (actualBytes === undefined) return undefined;
  return targetBytes === undefined
    ? { actualBytes, observedAtMs }
    : { actualBytes, observedAtMs, targetBytes };
}

/** A QEMU that did not take the last command counts as unreachable until it is tried again. */
export function inhibitionsOf(record: GuestRecord, nowMs: number): readonly Inhibition[] {
  const { lock } = record.entry;
  const seen = record.monitorFacts.inhibitions;
  const inhibitions: readonly Inhibition[] = lock === undefined ? seen : [...seen, "platform-lock"];
  const paused = nowMs < (record.balloon.failure?.retryAtMs ?? Number.NEGATIVE_INFINITY);
  return paused && !inhibitions.includes("unreachable") ? ["unreachable", ...inhibitions] : inhibitions;
}
