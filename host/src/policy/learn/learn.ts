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
  type TimedBytes,
} from "../memory.ts";
import { type ProgressReport, watchProgress } from "./balloon-progress.ts";
import { freshReport, isBooting } from "./freshness.ts";
import { learnResidentGrowth, learnUseGrowth } from "./growth.ts";
import { type CacheScene, learnHotCache } from "./hot-cache.ts";
import { learnReclaim } from "./reclaim-activity.ts";

/** An unfunded demand is remembered this long; a guest still in need asks again sooner. */
const OWED_LIFE_MS = 3_000;

/** What a look at one guest taught. */
export interface Learned {
  readonly facts: GuestFacts;
  readonly memory: GuestMemory;
  readonly progress: ProgressReport;
}

/** Takes in what the snapshot shows of each guest; a guest that booted anew is a new guest. */
export function learn(snapshot: Snapshot, memory: PolicyMemory, settings: PolicySettings): Learned[] {
  const scene = { regime: memory.regime, worstMissesPerSecond: worstMisses(snapshot, memory) };
  return snapshot.guests.map((facts) => {
    const known = memory.guests.get(facts.name);
    const before = isSameBoot(known, facts) ? known : newBoot(facts, known);
    return learnGuest(facts, before, scene, settings, snapshot.nowMs);
  });
}

/**
 * The most that any guest misses for want of memory. One that has its floor only reads back what it lost: to take from others for that would
 * make them lose theirs, and so on for ever.
 */
function worstMisses({ guests }: Snapshot, memory: PolicyMemory): number {
  let worst = 0;
  for (const facts of guests) {
    const known = memory.guests.get(facts.name);
    if (known !== undefined && !isServed(facts, known)) worst = Math.max(worst, known.cache.missesPerSecond);
  }
  return worst;
}

function isSameBoot(known: GuestMemory | undefined, facts: GuestFacts): known is GuestMemory {
  return known?.bootSeenAtMs === facts.bootSeenAtMs;
}

/** A new boot is a new guest, but what was promised to the old one is still in flight. */
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
  };
  return { facts, memory, progress };
}

function alive(grant: TimedBytes | undefined, lifeMs: number, nowMs: number): TimedBytes | undefined {
  return grant !== undefined && nowMs - grant.atMs <= lifeMs ? grant : undefined;
}

/** Whether the guest has no more than it was last said to need. */
function isAtFloor({ balloon, limits }: GuestFacts, { floorBytes }: GuestMemory): boolean {
  if (balloon === undefined || floorBytes === undefined) return false;
  return balloon.actualBytes <= floorBytes + deadBandBytes(limits.maxBytes);
}

/** Whether the guest has what it was last said to need. */
function isServed({ balloon, limits }: GuestFacts, { floorBytes }: GuestMemory): boolean {
  if (balloon === undefined || floorBytes === undefined) return true;
  return balloon.actualBytes >= floorBytes - deadBandBytes(limits.maxBytes);
}

/** QEMU's translated code alone may come to this (tcg's `tb-size`, docs/system/qemu-manpage); tables and bitmaps grow with the guest. */
const MOST_OVERHEAD_BYTES = GIB;
const MOST_OVERHEAD_SHARE = 1 / 64;

/**
 * What the process holds beyond the guest's memory, while the balloon stands still. More than QEMU can need is memory of a guest whose driver
 * reports it as given and keeps it.
 */
function settledOverhead({ processMemory, balloon, fullBytes }: GuestFacts): number {
  if (processMemory === undefined || balloon === undefined) return 0;
  if (balloon.targetBytes !== balloon.actualBytes) return 0;
  const besideBytes = processMemory.residentBytes + processMemory.swappedBytes - balloon.actualBytes;
  return Math.min(besideBytes, MOST_OVERHEAD_BYTES + fullBytes * MOST_OVERHEAD_SHARE);
}
