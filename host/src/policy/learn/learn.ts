/** Each tick updates what is known of each guest; a guest that booted anew is a new guest. */
import { GIB } from "../../model/bytes.ts";
import type { GuestFacts } from "../../model/guest.ts";
import type { PolicySettings } from "../../model/settings.ts";
import type { Snapshot } from "../../model/snapshot.ts";
import { deadBandBytes } from "../dead-band.ts";
import {
  GRANT_LIFE_MS,
  type GuestMemory,
  newGuestMemory,
  type PolicyMemory,
  remembered,
  type TimedBytes,
} from "../memory.ts";
import { type ProgressReport, watchProgress } from "./balloon-progress.ts";
import { freshReport, isBooting } from "./freshness.ts";
import { learnResidentGrowth, learnUseGrowth } from "./growth.ts";
import { type CacheScene, learnHotCache } from "./hot-cache.ts";
import { learnReclaim } from "./reclaim-activity.ts";

/** What is owed is forgotten after this time; a guest still in need demands again sooner. */
const OWED_LIFE_MS = 3_000;

/** What was learned about one guest. */
export interface Learned {
  readonly facts: GuestFacts;
  readonly memory: GuestMemory;
  readonly progress: ProgressReport;
}

/** Takes in what the snapshot shows of each guest. */
export function learn(snapshot: Snapshot, memory: PolicyMemory, settings: PolicySettings): Learned[] {
  const scene = { regime: memory.regime, worstMissesPerSecond: worstMisses(snapshot, memory) };
  return snapshot.guests.map((facts) => {
    const known = remembered(memory, facts.name);
    const before = isSameBoot(known, facts) ? known : newBoot(facts, known);
    return learnGuest(facts, before, scene, settings, snapshot.nowMs);
  });
}

/**
 * Misses per second of the guest that misses most because it lacks memory. A guest at its floor is left out: it only reads back
 * what it lost. Taking from others for it would only move the misses around.
 */
function worstMisses({ guests }: Snapshot, memory: PolicyMemory): number {
  let worst = 0;
  for (const facts of guests) {
    const known = remembered(memory, facts.name);
    if (known !== undefined && !isServed(facts, known)) worst = Math.max(worst, known.cache.missesPerSecond);
  }
  return worst;
}

function isSameBoot(known: GuestMemory | undefined, facts: GuestFacts): known is GuestMemory {
  return known?.bootSeenAtMs === facts.bootSeenAtMs;
}

/** A new boot is a new guest, but a grant to the old boot is still in flight. */
function newBoot(facts: GuestFacts, known: GuestMemory | undefined): GuestMemory {
  return { ...newGuestMemory(facts.bootSeenAtMs), grant: known?.grant };
}

function learnGuest(
  facts: GuestFacts,
  before: GuestMemory,
  scene: Omit<CacheScene, "tested" | "served">,
  settings: PolicySettings,
  nowMs: number,
): Learned {
  const report = freshReport(facts, settings.tuning, nowMs);
  const progress = watchProgress(before.progress, facts, settings.tuning, nowMs);
  const memory: GuestMemory = {
    bootSeenAtMs: before.bootSeenAtMs,
    hadAgent: before.hadAgent || report !== undefined,
    growth: learnResidentGrowth(
      learnUseGrowth(before.growth, report, nowMs),
      facts,
      isBooting(facts, settings.tuning, nowMs),
      nowMs,
    ),
    use: before.use,
    reclaim: learnReclaim(before.reclaim, facts.stats),
    cache:
      report === undefined
        ? before.cache
        : learnHotCache(
            before.cache,
            report,
            { ...scene, tested: isAtFloor(facts, before), served: isServed(facts, before) },
            nowMs,
            facts.rememberedHotCache,
          ),
    motion:
      progress.tookBackBytes > 0 ? { ...before.motion, direction: "up", demandAtMs: nowMs } : before.motion,
    progress: progress.memory,
    overheadBytes: Math.max(before.overheadBytes, settledOverhead(facts)),
    floorBytes: before.floorBytes,
    doubtedAtMs: before.doubtedAtMs,
    contradictedAtMs: before.contradictedAtMs,
    grant: alive(before.grant, GRANT_LIFE_MS, nowMs),
    owed: alive(before.owed, OWED_LIFE_MS, nowMs),
    demands: before.demands,
  };
  return { facts, memory, progress };
}

function alive<T extends TimedBytes>(grant: T | undefined, lifeMs: number, nowMs: number): T | undefined {
  return grant !== undefined && nowMs - grant.atMs <= lifeMs ? grant : undefined;
}

/** Whether the guest has no more than its last floor. */
function isAtFloor({ balloon, limits }: GuestFacts, { floorBytes }: GuestMemory): boolean {
  if (balloon === undefined || floorBytes === undefined) return false;
  return balloon.actualBytes <= floorBytes + deadBandBytes(limits.maxBytes);
}

/** Whether the guest has its last floor. */
function isServed({ balloon, limits }: GuestFacts, { floorBytes }: GuestMemory): boolean {
  if (balloon === undefined || floorBytes === undefined) return true;
  return balloon.actualBytes >= floorBytes - deadBandBytes(limits.maxBytes);
}

/** QEMU's translated code alone may take this much (tcg's `tb-size`, docs/system/qemu-manpage). */
const MOST_OVERHEAD_BYTES = GIB;
/** QEMU's tables and bitmaps grow with the guest: up to this share of its size. */
const MOST_OVERHEAD_SHARE = 1 / 64;

/**
 * What the process holds beyond the guest's memory while the balloon stands still, in bytes. More than QEMU can need is memory of a
 * guest whose driver reports pages as given and keeps them.
 */
function settledOverhead({ processMemory, balloon, fullBytes }: GuestFacts): number {
  if (processMemory === undefined || balloon === undefined) return 0;
  if (balloon.targetBytes !== balloon.actualBytes) return 0;
  const besideBytes = processMemory.residentBytes + processMemory.swappedBytes - balloon.actualBytes;
  return Math.min(besideBytes, MOST_OVERHEAD_BYTES + fullBytes * MOST_OVERHEAD_SHARE);
}
