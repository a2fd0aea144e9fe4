/** Memory is given at once and whole; it is taken in steps, and never below the limit of the regime. */
import { clamp, MIB } from "../../model/bytes.ts";
import type { Inhibition } from "../../model/guest.ts";
import type { ProtectionKind, Regime } from "../../model/plan.ts";
import type { PolicySettings } from "../../model/settings.ts";
import { deadBandBytes } from "../dead-band.ts";
import { mustWaitToTurn } from "../learn/turns.ts";
import { type GuestNeed, isLowOnHeadroom } from "../need/assess.ts";
import { untouchedBytes } from "../need/belief.ts";
import { demandReserve, watermarks } from "../need/headroom.ts";
import { undriven } from "../need/undriven.ts";
import type { Entitlement } from "../share/entitlements.ts";
import { isLasting, isNeededElsewhere, type Protection, type TakingScene } from "../share/protection.ts";
import { saidLeastBytes } from "../share/said-least.ts";
import { type Intent, stay } from "./intent.ts";

/** One step takes at most this share of the distance: the guest's reaction must be seen before it is too late. `critical` takes all. */
const STEP_SHARE = { ample: 0, tight: 0.15, scarce: 0.35 } as const;
/** One step may take this share of what the guest never touched: the guest does not miss that. */
const UNTOUCHED_SHARE = { ample: 0, tight: 0.25, scarce: 1, critical: 1 } as const;
/** Smaller steps would take too long. */
const MIN_STEP_BYTES = 16 * MIB;
/** In `tight` taking is slow: this share of the guest's size per second. */
const TIGHT_SHARE_PER_SECOND = 0.03;
/** After a late tick, taking does not catch up by more than this time. */
const MAX_ELAPSED_MS = 2_000;
/** A guest keeps this much available even in `critical`. */
const LEAST_MARGIN_BYTES = 16 * MIB;
/** In `critical` this share of a guest's free swap may be counted on. */
const SWAP_USE_SHARE = 0.5;
/**
 * A guest that demanded only because memory was taken from it keeps this multiple of its demand reserve. Otherwise it would demand
 * again at once.
 */
const SQUEEZED_MARGIN = 2;
/** A guest keeps that for this time after such a demand. */
const SQUEEZED_MS = 60 * 60_000;
/** A change of direction by less than this share of the guest's maximum is not worth it. */
const BOUNCE_SHARE = 0.04;
/** A manual target leaves at least this much above what the guest uses. */
const MANUAL_MARGIN_BYTES = 8 * MIB;

/** With these not even giving works: no balloon takes commands. */
const CANNOT_MOVE: ReadonlySet<Inhibition> = new Set(["unreachable", "no-balloon-device"]);

/** What to do with one guest. Giving is immediate and whole. Taking is paced, and `protection` prevents it. */
export function intend(
  guest: GuestNeed,
  entitlement: Entitlement,
  scene: TakingScene,
  protection: Protection | undefined,
  elapsedMs: number,
): Intent {
  const { regime, settings, nowMs } = scene;
  const left = undriven(guest.facts);
  if (left === "excluded") return stay(guest, left);
  const unable = guest.facts.inhibitions.find((why) => CANNOT_MOVE.has(why));
  if (unable !== undefined) return stay(guest, "inhibited", guest.facts.inhibitions.join(", "));
  if (left !== undefined) return stay(guest, left, guest.facts.otherController?.suspect);
  if (guest.facts.manual !== undefined)
    return toManualTarget(guest, guest.facts.manual.targetBytes, protection);
  const dueBytes = dueToFloor(guest, entitlement, regime);
  const isDue = !scene.failing || (!isGiving(guest) && dueBytes >= guest.targetBytes - deadBand(guest));
  if (isShort(guest) && isDue)
    return { targetBytes: Math.max(guest.targetBytes, dueBytes), kind: "give-to-floor" };
  if (guest.agentLost && settings.onAgentLoss === "release") return release(guest);
  if (isWorthGiving(guest, entitlement.giveBytes)) return give(guest, entitlement.giveBytes, settings, nowMs);
  const lowestBytes = lowest(guest, scene);
  const takeable = regime !== "ample" && lowestBytes < guest.targetBytes;
  if (protection !== undefined && (takeable || isLasting(protection)))
    return stay(guest, protection.kind, protection.detail);
  // In `ample` nothing is evened out: two guests would pass the surplus back and forth without end.
  const wishedBytes =
    regime === "ample" ? guest.facts.limits.maxBytes : Math.max(entitlement.takeBytes, lowestBytes);
  if (wishedBytes >= guest.targetBytes)
    return stay(guest, entitlement.giveBytes > guest.targetBytes ? "dead-band" : "steady");
  if (isBounce(guest, wishedBytes, scene) || isRestless(guest, scene)) return stay(guest, "turned");
  return take(guest, wishedBytes, regime, elapsedMs);
}

/** Whether this would take back a little of what was given shortly before. Only `critical` does that. */
function isBounce(guest: GuestNeed, wishedBytes: number, { regime, settings, nowMs }: TakingScene): boolean {
  const { direction, movedAtMs = Number.NEGATIVE_INFINITY } = guest.memory.motion;
  const isLittle = guest.targetBytes - wishedBytes < guest.facts.limits.maxBytes * BOUNCE_SHARE;
  return (
    regime !== "critical" &&
    direction === "up" &&
    isLittle &&
    nowMs - movedAtMs < settings.tuning.holdAfterTurnMs
  );
}

/** Whether its balloon turned so often that taking waits. It does not wait while the host or another guest needs the memory. */
function isRestless(guest: GuestNeed, scene: TakingScene): boolean {
  return !isNeededElsewhere(guest, scene) && mustWaitToTurn(guest.memory, "down", scene.nowMs);
}

/** What a guest below its floor shall have. Where not all floors fit, it is only its part: more would be taken back at once. */
function dueToFloor(guest: GuestNeed, { giveBytes, takeBytes }: Entitlement, regime: Regime): number {
  const dueBytes = regime === "critical" ? Math.min(guest.floorBytes, takeBytes) : guest.floorBytes;
  return Math.max(dueBytes, giveBytes);
}

/** Whether memory is being taken from the guest that its programs do not use. A failing guest needs it more. */
function isGiving({ targetBytes, actualBytes, bareBytes }: GuestNeed): boolean {
  return targetBytes < actualBytes && targetBytes >= bareBytes;
}

/** Whether the guest is below its floor by more than noise, has little headroom left, or misses cache that was taken. */
function isShort(guest: GuestNeed): boolean {
  if (guest.source === "none" || guest.targetBytes >= guest.floorBytes) return false;
  return (
    guest.memory.cache.missing ||
    isLowOnHeadroom(guest) ||
    guest.floorBytes - guest.targetBytes >= deadBand(guest)
  );
}

function release(guest: GuestNeed): Intent {
  return { targetBytes: guest.facts.limits.maxBytes, kind: "release", detail: "released" };
}

/** The lowest target in this regime. It never takes more than what the guest says is available less its headroom. */
export function lowest(guest: GuestNeed, scene: TakingScene): number {
  const { regime, nowMs } = scene;
  if (regime === "critical") {
    const marginBytes = criticalMargin(guest, nowMs);
    return Math.max(leastBytes(guest, marginBytes), saidLeastBytes(guest, marginBytes, scene));
  }
  const saidBytes = saidLeastBytes(guest, guest.headroomBytes, scene);
  // Room for a forecast use is taken for guests that fail, not for other guests' caches and comfort.
  const neededBytes = guest.floorBytes + (scene.failing ? 0 : guest.comingBytes);
  return Math.max(saidBytes, regime === "scarce" ? neededBytes : guest.wantBytes);
}

/**
 * The smallest useful target in `critical`. Pages in use can only be swapped out. Without free swap a balloon below them gets
 * nothing, and leaves its guest without a free page.
 */
function leastBytes({ facts, usedBytes = 0, systemBytes }: GuestNeed, marginBytes: number): number {
  const { minBytes, maxBytes } = facts.limits;
  const leastBytes = Math.max(usedBytes + marginBytes, systemBytes);
  return clamp(Math.ceil(leastBytes / MIB) * MIB, minBytes, maxBytes);
}

/** What `critical` leaves a guest beyond what it uses, in bytes: negative where the guest has swap. */
function criticalMargin({ facts, memory }: GuestNeed, nowMs: number): number {
  const { report } = facts;
  const { squeezedIntoDemandAtMs = Number.NEGATIVE_INFINITY } = memory.motion;
  const wasSqueezed = report !== undefined && nowMs - squeezedIntoDemandAtMs < SQUEEZED_MS;
  const demandBytes = wasSqueezed ? SQUEEZED_MARGIN * demandReserve(report) : 0;
  const swappableBytes = (report?.swapFreeBytes ?? 0) * SWAP_USE_SHARE;
  const watermarkBytes = report === undefined ? 0 : watermarks(facts, report);
  return Math.max(watermarkBytes, LEAST_MARGIN_BYTES, demandBytes) - swappableBytes;
}

function isWorthGiving({ facts, targetBytes }: GuestNeed, giveBytes: number): boolean {
  const { maxBytes } = facts.limits;
  return (
    giveBytes > targetBytes && (giveBytes >= maxBytes || giveBytes - targetBytes >= deadBandBytes(maxBytes))
  );
}

function give(guest: GuestNeed, giveBytes: number, settings: PolicySettings, nowMs: number): Intent {
  const { motion } = guest.memory;
  const movedAgoMs = nowMs - (motion.movedAtMs ?? Number.NEGATIVE_INFINITY);
  if (motion.direction === "down" && movedAgoMs < settings.tuning.holdAfterTurnMs)
    return stay(guest, "turned");
  return { targetBytes: giveBytes, kind: "give-surplus" };
}

function take(guest: GuestNeed, wishedBytes: number, regime: Regime, elapsedMs: number): Intent {
  const distanceBytes = guest.targetBytes - wishedBytes;
  if (distanceBytes < deadBand(guest)) return stay(guest, "dead-band");
  // What is still being taken counts as taken: its effect must be seen first.
  const ahead = guest.actualBytes - guest.targetBytes;
  const seconds = Math.min(elapsedMs, MAX_ELAPSED_MS) / 1000;
  const paceBytes = pace(guest, regime) * seconds - Math.max(0, ahead);
  const carefulBytes =
    regime === "critical" ? distanceBytes : Math.max(MIN_STEP_BYTES, distanceBytes * STEP_SHARE[regime]);
  const paced = Math.min(carefulBytes, paceBytes);
  // The guest does not miss what it never touched. That goes first; only then does taking free host memory.
  const untouched = untouchedBytes(guest.facts, guest.targetBytes, guest.memory.overheadBytes);
  const stepBytes = Math.min(distanceBytes, Math.max(paced, untouched * UNTOUCHED_SHARE[regime]));
  if (stepBytes < MIB) return stay(guest, "on-its-way", "the balloon is on its way");
  const kind =
    regime === "critical" ? "take-to-guarantee" : regime === "scarce" ? "take-to-floor" : "take-idle";
  return { targetBytes: wholeMib(guest.targetBytes - stepBytes), kind };
}

function pace(guest: GuestNeed, regime: Regime): number {
  if (regime !== "tight") return guest.memory.progress.inflateBytesPerSecond;
  return Math.max(MIN_STEP_BYTES, guest.facts.limits.maxBytes * TIGHT_SHARE_PER_SECOND);
}

function deadBand(guest: GuestNeed): number {
  return deadBandBytes(guest.facts.limits.maxBytes);
}

/** The way to a manual target. The guest keeps what it uses; if it demanded since the target was set, it keeps its floor. */
function toManualTarget(guest: GuestNeed, manualBytes: number, protection: Protection | undefined): Intent {
  const { demandAtMs } = guest.memory.motion;
  const usedBytes = guest.usedBytes === undefined ? 0 : guest.saidBytes;
  const demandedSince = demandAtMs !== undefined && demandAtMs > (guest.facts.manual?.sinceMs ?? 0);
  const lowestBytes = Math.max(demandedSince ? guest.floorBytes : 0, usedBytes + MANUAL_MARGIN_BYTES);
  const { minBytes, maxBytes } = guest.facts.limits;
  const targetBytes = wholeMib(clamp(Math.max(manualBytes, lowestBytes), minBytes, maxBytes));
  const limited = targetBytes > manualBytes ? { detail: "kept above what the guest uses" } : {};
  if (targetBytes >= guest.targetBytes) return { targetBytes, kind: "manual", ...limited };
  if (protection !== undefined && !yieldsToManual(protection, guest))
    return stay(guest, protection.kind, protection.detail);
  return { targetBytes, kind: "manual", ...limited };
}

/** Whether a manual target overrides this protection: where it is mere caution, not where the guest is in need or cannot be seen. */
function yieldsToManual(protection: Protection, guest: GuestNeed): boolean {
  if (protection.kind === "under-pressure") return guest.pressure === "low";
  return YIELDS_TO_MANUAL.has(protection.kind);
}

const YIELDS_TO_MANUAL: ReadonlySet<ProtectionKind> = new Set(["no-information", "turned", "cache-filling"]);

function wholeMib(bytes: number): number {
  return Math.round(bytes / MIB) * MIB;
}
