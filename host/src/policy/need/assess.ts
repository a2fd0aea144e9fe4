/** A guest needs what it uses, its hot cache and its headroom: that is its floor. */
import { clamp, MIB } from "../../model/bytes.ts";
import type { GuestFacts, GuestReport, Pressure } from "../../model/guest.ts";
import type { Source } from "../../model/plan.ts";
import type { PolicyTuning } from "../../model/settings.ts";
import { firstHotCache } from "../learn/first-hot-cache.ts";
import { freshReport, isBooting } from "../learn/freshness.ts";
import { pressureOf } from "../learn/reclaim-activity.ts";
import type { GuestMemory } from "../memory.ts";
import { type BlindFigures, blindFigures } from "./balloon-stats.ts";
import { believe, wasContradicted } from "./belief.ts";
import { comingUse } from "./forecast.ts";
import { bareHeadroom, blindHeadroom, headroom } from "./headroom.ts";
import { nothingUnseen, type UnseenGrowth, unseenGrowth } from "./unseen-growth.ts";
import { windowsFloorBytes } from "./windows-floor.ts";

/** What a guest has, uses and needs, as far as it is known. */
export interface GuestNeed {
  readonly facts: GuestFacts;
  readonly memory: GuestMemory;
  readonly source: Source;
  /** An agent spoke during this boot and is silent now. */
  readonly agentLost: boolean;
  readonly pressure: Pressure;
  readonly actualBytes: number;
  /** The balloon's target; its actual size where no target was set. */
  readonly targetBytes: number;
  /** Undefined where nothing is known of its use. */
  readonly usedBytes: number | undefined;
  readonly availableBytes: number | undefined;
  /** The part of the reported use that is not believed. */
  readonly doubtedBytes: number;
  /** What the guest itself says that it uses, believed or not. */
  readonly saidBytes: number;
  /** Its balloon driver contradicts its agent. */
  readonly contradicted: boolean;
  readonly hotCacheBytes: number;
  readonly headroomBytes: number;
  /** What its programs use and take at this moment, and enough to demand in time. */
  readonly bareBytes: number;
  /** Used and headroom, without cache: with less its programs cannot go on. */
  readonly vitalBytes: number;
  /** What its operating system needs, whatever its programs use; 0 where that is not known. */
  readonly systemBytes: number;
  /** Below this the guest would miss what is taken. */
  readonly floorBytes: number;
  /** Use that is forecast for this hour beyond the present use; room for it is wanted, and not needed. */
  readonly comingBytes: number;
  /** Floor and some comfort, and room for the forecast use. */
  readonly wantBytes: number;
  /** Its floor as far as the host sees it, once the fair share is known. */
  readonly seenFloorBytes: number;
  readonly unseenGrowth: UnseenGrowth;
}

/** Use counts as this much larger where no agent reports refaults and growth (the factor of qmemman). */
const BLIND_FACTOR = 1.3;
/** A guest without agent cannot demand, so its comfort is larger by this factor. */
const BLIND_COMFORT_FACTOR = 3;
/** Older statistics of the balloon driver count as none. */
const STATS_STALE_AFTER_MS = 10_000;

/** Judges one guest's need. A guest whose balloon's size is unknown is taken to have all of its memory. */
export function assess(
  facts: GuestFacts,
  memory: GuestMemory,
  tuning: PolicyTuning,
  nowMs: number,
): GuestNeed {
  const report = freshReport(facts, tuning, nowMs);
  if (report !== undefined)
    return assessmentOf(facts, memory, report, fromReport(facts, report, memory, tuning, nowMs));
  const blind = freshStats(facts, nowMs);
  const need =
    blind === undefined ? fromNothing(facts, tuning, nowMs) : fromStats(facts, blind, memory, tuning);
  return assessmentOf(facts, memory, undefined, need);
}

function actualOf({ balloon, fullBytes }: GuestFacts): number {
  return balloon?.actualBytes ?? fullBytes;
}

/** Fields are copied one by one: with thousands of guests object spread would take a multiple of the time. */
function assessmentOf(
  facts: GuestFacts,
  memory: GuestMemory,
  report: GuestReport | undefined,
  need: Need,
): GuestNeed {
  const comingBytes = comingUse(facts, need);
  return {
    facts,
    memory,
    source: need.source,
    agentLost: report === undefined && memory.hadAgent,
    pressure: report?.pressure ?? (need.source === "balloon-stats" ? pressureOf(memory.reclaim) : "none"),
    actualBytes: actualOf(facts),
    targetBytes: facts.balloon?.targetBytes ?? actualOf(facts),
    usedBytes: need.usedBytes,
    availableBytes: need.availableBytes,
    doubtedBytes: need.doubtedBytes,
    saidBytes: need.saidBytes,
    contradicted: need.contradicted,
    hotCacheBytes: need.hotCacheBytes,
    headroomBytes: need.headroomBytes,
    bareBytes: need.bareBytes,
    vitalBytes: need.vitalBytes,
    systemBytes: need.systemBytes,
    floorBytes: need.floorBytes,
    comingBytes,
    wantBytes: Math.max(need.wantBytes, need.floorBytes + comingBytes),
    seenFloorBytes: need.floorBytes,
    unseenGrowth: need.unseenGrowth,
  };
}

/** Whether little of the guest's headroom is left. */
export function isLowOnHeadroom(guest: GuestNeed): boolean {
  return guest.availableBytes !== undefined && guest.availableBytes < guest.headroomBytes / 2;
}

/** What follows from the source of the guest's figures. */
type Need = Omit<
  GuestNeed,
  | "facts"
  | "memory"
  | "agentLost"
  | "pressure"
  | "actualBytes"
  | "targetBytes"
  | "comingBytes"
  | "seenFloorBytes"
>;

function fromReport(
  facts: GuestFacts,
  report: GuestReport,
  memory: GuestMemory,
  tuning: PolicyTuning,
  nowMs: number,
): Need {
  const { maxBytes } = facts.limits;
  // An agent of release 0.1.0 does not tell it: it read ZFS's figures once a minute, too seldom to be added to the rest.
  const availableBytes = report.availableBytes + (report.arcAvailableBytes ?? 0);
  const reportedBytes = clamp(sizeAtReport(facts, report) - availableBytes, 0, maxBytes);
  const { usedBytes, doubtedBytes, saidBytes, contradicted } = believe(
    facts,
    reportedBytes,
    quietSince(facts, report, memory),
    wasContradicted(memory, nowMs),
  );
  const headroomBytes = headroom(facts, report, memory, tuning);
  // Cache beyond what the guest could hold at its full size cannot be hot.
  const hotBytes = memory.cache.hotBytes ?? firstHotCache(report, facts.rememberedHotCache, nowMs);
  const hotCacheBytes = Math.min(hotBytes, Math.max(0, maxBytes - usedBytes));
  const systemBytes = systemFloor(facts, report);
  const floorBytes = withinLimits(facts, Math.max(usedBytes + hotCacheBytes + headroomBytes, systemBytes));
  return {
    source: "agent",
    usedBytes,
    availableBytes,
    doubtedBytes,
    saidBytes,
    contradicted,
    hotCacheBytes,
    headroomBytes,
    bareBytes: withinLimits(facts, Math.max(usedBytes + bareHeadroom(facts, report), systemBytes)),
    vitalBytes: withinLimits(facts, Math.max(usedBytes + headroomBytes, systemBytes)),
    systemBytes,
    floorBytes,
    wantBytes: wantOf(facts, floorBytes, tuning),
    unseenGrowth: unseenGrowth(facts, report, memory, tuning, nowMs),
  };
}

/**
 * Since when neither the balloon moved nor the guest grew. Where the host saw nothing of its growth yet, it is since the report. A
 * demand comes between two ticks: if the balloon moved since the last tick, no older figure counts.
 */
function quietSince(
  facts: GuestFacts,
  { receivedAtMs, growthBytesPerSecond = 0 }: GuestReport,
  { growth, progress, motion }: GuestMemory,
) {
  const actualBytes = facts.balloon?.actualBytes ?? 0;
  if (Math.abs(actualBytes - (progress.actualBytes ?? actualBytes)) >= MIB) return Number.POSITIVE_INFINITY;
  const isGrowing = growth.resident === undefined || growthBytesPerSecond > 0;
  const grewAtMs = isGrowing ? receivedAtMs : (growth.residentGrewAtMs ?? 0);
  return Math.max(grewAtMs, progress.movedAtMs ?? 0, motion.movedAtMs ?? 0);
}

/** What the guest's operating system needs, whatever its programs use. */
function systemFloor(facts: GuestFacts, report: GuestReport): number {
  return facts.agent?.osFamily === "windows" ? windowsFloorBytes(report, sizeAtReport(facts, report)) : 0;
}

/** The guest's size at the moment of its report, by the balloon as the guest itself counts it. */
function sizeAtReport(facts: GuestFacts, report: GuestReport): number {
  if (report.balloonBytes !== undefined) return facts.fullBytes - report.balloonBytes;
  return facts.balloon?.actualBytes ?? facts.fullBytes;
}

function freshStats({ stats, agent }: GuestFacts, nowMs: number): BlindFigures | undefined {
  if (stats === undefined || nowMs - stats.updatedAtMs > STATS_STALE_AFTER_MS) return undefined;
  return blindFigures(stats, agent?.osFamily);
}

function fromStats(
  facts: GuestFacts,
  { availableBytes, hotCacheBytes, systemBytes }: BlindFigures,
  memory: GuestMemory,
  tuning: PolicyTuning,
): Need {
  const actualBytes = actualOf(facts);
  // What the guest swapped out looks available but is use. It cannot make the guest larger than it is.
  const swappedBytes = memory.reclaim?.swappedBytes ?? 0;
  const reportedBytes = clamp(Math.round(actualBytes - availableBytes + swappedBytes), 0, actualBytes);
  // The guest reports no second figure that could contradict this one. Only the host's figures can.
  const { usedBytes, doubtedBytes, saidBytes } = believe(facts, reportedBytes, Number.POSITIVE_INFINITY);
  const headroomBytes = blindHeadroom(facts, memory, tuning);
  const vitalBytes = usedBytes * BLIND_FACTOR + headroomBytes;
  const floorBytes = withinLimits(facts, Math.max(vitalBytes + hotCacheBytes, systemBytes));
  return {
    source: "balloon-stats",
    usedBytes,
    availableBytes,
    doubtedBytes,
    saidBytes,
    contradicted: false,
    hotCacheBytes,
    headroomBytes,
    bareBytes: withinLimits(facts, Math.max(usedBytes + headroomBytes, systemBytes)),
    vitalBytes: withinLimits(facts, Math.max(vitalBytes, systemBytes)),
    systemBytes,
    floorBytes,
    wantBytes: wantOf(facts, floorBytes, tuning, BLIND_COMFORT_FACTOR),
    unseenGrowth: nothingUnseen(),
  };
}

function fromNothing(facts: GuestFacts, tuning: PolicyTuning, nowMs: number): Need {
  const actualBytes = actualOf(facts);
  return {
    source: "none",
    usedBytes: undefined,
    availableBytes: undefined,
    doubtedBytes: 0,
    saidBytes: actualBytes,
    contradicted: false,
    hotCacheBytes: 0,
    headroomBytes: 0,
    bareBytes: actualBytes,
    vitalBytes: actualBytes,
    systemBytes: 0,
    floorBytes: actualBytes,
    // The need of a booting guest is unknown: it gets what can be spared.
    wantBytes: isBooting(facts, tuning, nowMs) ? facts.limits.maxBytes : actualBytes,
    unseenGrowth: nothingUnseen(),
  };
}

function wantOf(facts: GuestFacts, floorBytes: number, tuning: PolicyTuning, comfort = 1): number {
  const comfortBytes = (facts.limits.maxBytes * tuning.comfortPercent * comfort) / 100;
  return withinLimits(facts, floorBytes + comfortBytes);
}

/** Rounds up to whole mebibytes: balloon drivers work in that unit. */
function withinLimits(facts: GuestFacts, bytes: number): number {
  return clamp(Math.ceil(bytes / MIB) * MIB, facts.limits.minBytes, facts.limits.maxBytes);
}
