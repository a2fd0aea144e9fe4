import { clamp, MIB } from "../model/bytes.ts";
import type { Inhibition } from "../model/guest.ts";
import type { Reason, Regime } from "../model/plan.ts";
import type { PolicySettings } from "../model/settings.ts";
import { type Assessment, isLowOnRoom } from "./assess.ts";
import { deadBandBytes } from "./dead-band.ts";
import { callReserve } from "./headroom.ts";
import { type Hold, isLasting, type TakingScene } from "./holds.ts";
import { untouchedBytes } from "./trust.ts";

/** Where one guest's balloon shall go, and why. */
export interface Intent {
  readonly targetBytes: number;
  readonly reason: Reason;
  readonly detail?: string;
}

/** The distribution's word on one guest: between the two nothing moves. */
export interface Entitlement {
  /** Give up to here. */
  readonly giveBytes: number;
  /** Take down to here. */
  readonly takeBytes: number;
}

/** One step takes at most this share of the distance, so that the guest's reaction is seen before it is too late. */
const STEP_SHARE = { ample: 0, tight: 0.15, scarce: 0.35, critical: 1 } as const;
const UNTOUCHED_SHARE = { ample: 0, tight: 0.25, scarce: 1, critical: 1 } as const;
const MIN_STEP_BYTES = 16 * MIB;
/** `tight` takes slowly: this share of the guest's size each second. */
const TIGHT_SHARE_PER_SECOND = 0.03;
const MAX_ELAPSED_MS = 2_000;
/** Left free even in the worst case, and how much of a guest's free swap may be counted on. */
const LEAST_MARGIN_BYTES = 16 * MIB;
const SWAP_USE_SHARE = 0.5;
/** Whom taking alone made call keeps so many times the available memory at which an agent calls: it would only call again. */
const STRAINED_MARGIN = 2;
const STRAINED_MS = 60 * 60_000;
/** Of a guest's maximum: less is no reason to turn round. */
const BOUNCE_SHARE = 0.04;
/** A target held by hand never goes closer to what the guest uses. */
const MANUAL_MARGIN_BYTES = 8 * MIB;

/** With these not even giving works: there is nobody to command. */
const CANNOT_MOVE: ReadonlySet<Inhibition> = new Set(["unreachable", "no-balloon-device"]);

/** What to do with one guest: to give is immediate and whole, to take is paced and can be held: by `hold`. */
export function intend(
  guest: Assessment,
  entitlement: Entitlement,
  scene: TakingScene,
  hold: Hold | undefined,
  elapsedMs: number,
): Intent {
  const { regime, settings, nowMs } = scene;
  if (guest.facts.limits.shares === 0) return stay(guest, "excluded");
  const unable = guest.facts.inhibitions.find((why) => CANNOT_MOVE.has(why));
  if (unable !== undefined) return stay(guest, "inhibited", guest.facts.inhibitions.join(", "));
  if (guest.facts.manual !== undefined) return byHand(guest, guest.facts.manual.targetBytes, hold);
  const dueBytes = dueToFloor(guest, entitlement, regime);
  const isDue = !scene.failing || (!isGiving(guest) && dueBytes >= guest.targetBytes - deadBand(guest));
  if (isShort(guest) && isDue)
    return { targetBytes: Math.max(guest.targetBytes, dueBytes), reason: "give-to-floor" };
  if (guest.agentLost && settings.onAgentLoss === "release") return release(guest);
  if (isWorthGiving(guest, entitlement.giveBytes)) return give(guest, entitlement.giveBytes, settings, nowMs);
  const lowestBytes = lowest(guest, regime, nowMs);
  const takeable = regime !== "ample" && lowestBytes < guest.targetBytes;
  if (hold !== undefined && (takeable || isLasting(hold))) return stay(guest, hold.reason, hold.detail);
  // With plenty there is nothing to even out: two guests would pass what is over to and fro for ever.
  const wishedBytes =
    regime === "ample" ? guest.facts.limits.maxBytes : Math.max(entitlement.takeBytes, lowestBytes);
  if (wishedBytes >= guest.targetBytes)
    return stay(guest, entitlement.giveBytes > guest.targetBytes ? "dead-band" : "steady");
  if (isBounce(guest, wishedBytes, scene)) return stay(guest, "hold-after-turn");
  return take(guest, wishedBytes, regime, elapsedMs);
}

/** Taking back a little of what was given a moment ago is not worth the unrest, short of the worst case. */
function isBounce(guest: Assessment, wishedBytes: number, { regime, settings, nowMs }: TakingScene): boolean {
  const { direction, movedAtMs = Number.NEGATIVE_INFINITY } = guest.memory.motion;
  const isLittle = guest.targetBytes - wishedBytes < guest.facts.limits.maxBytes * BOUNCE_SHARE;
  return (
    regime !== "critical" &&
    direction === "up" &&
    isLittle &&
    nowMs - movedAtMs < settings.tuning.holdAfterTurnMs
  );
}

/** What a guest below its floor is to have: where not all floors fit, its share of what there is, or it would be taken back in a moment. */
function dueToFloor(guest: Assessment, { giveBytes, takeBytes }: Entitlement, regime: Regime): number {
  const dueBytes = regime === "critical" ? Math.min(guest.floorBytes, takeBytes) : guest.floorBytes;
  return Math.max(dueBytes, giveBytes);
}

/** What is being taken from it leaves it what its programs use: whoever it is taken for needs that more than this one its room. */
function isGiving({ targetBytes, actualBytes, bareBytes }: Assessment): boolean {
  return targetBytes < actualBytes && targetBytes >= bareBytes;
}

/** Below its floor by more than noise, with little of its headroom left, or missing cache that was taken. */
function isShort(guest: Assessment): boolean {
  if (guest.source === "none" || guest.targetBytes >= guest.floorBytes) return false;
  return (
    guest.memory.cache.missing ||
    isLowOnRoom(guest) ||
    guest.floorBytes - guest.targetBytes >= deadBand(guest)
  );
}

function stay(guest: Assessment, reason: Reason, detail?: string): Intent {
  return { targetBytes: guest.targetBytes, reason, ...(detail !== undefined && { detail }) };
}

function release(guest: Assessment): Intent {
  return { targetBytes: guest.facts.limits.maxBytes, reason: "hold-agent-lost", detail: "released" };
}

/** How far taking may go in this regime. */
export function lowest(guest: Assessment, regime: Regime, nowMs: number): number {
  if (regime === "critical") return leastBytes(guest, nowMs);
  return regime === "scarce" ? guest.floorBytes : guest.wantBytes;
}

/**
 * The least that taking can achieve: pages in use can only be swapped out, so without free swap a balloon that wants them gets
 * nothing and leaves its guest without a page to spare.
 */
function leastBytes(guest: Assessment, nowMs: number): number {
  const { limits, report } = guest.facts;
  const { strainedAtMs = Number.NEGATIVE_INFINITY } = guest.memory.motion;
  const isStrained = report !== undefined && nowMs - strainedAtMs < STRAINED_MS;
  const callBytes = isStrained ? STRAINED_MARGIN * callReserve(report) : 0;
  const usedBytes = guest.usedBytes ?? 0;
  const swappableBytes = (report?.swapFreeBytes ?? 0) * SWAP_USE_SHARE;
  const marginBytes = Math.max(report?.watermarkReserveBytes ?? 0, LEAST_MARGIN_BYTES, callBytes);
  const leastBytes = Math.max(usedBytes - swappableBytes + marginBytes, guest.systemBytes);
  return clamp(Math.ceil(leastBytes / MIB) * MIB, limits.minBytes, limits.maxBytes);
}

function isWorthGiving({ facts, targetBytes }: Assessment, giveBytes: number): boolean {
  const { maxBytes } = facts.limits;
  return (
    giveBytes > targetBytes && (giveBytes >= maxBytes || giveBytes - targetBytes >= deadBandBytes(maxBytes))
  );
}

function give(guest: Assessment, giveBytes: number, settings: PolicySettings, nowMs: number): Intent {
  const { motion } = guest.memory;
  const movedAgoMs = nowMs - (motion.movedAtMs ?? Number.NEGATIVE_INFINITY);
  if (motion.direction === "down" && movedAgoMs < settings.tuning.holdAfterTurnMs)
    return stay(guest, "hold-after-turn");
  return { targetBytes: giveBytes, reason: "give-back" };
}

function take(guest: Assessment, wishedBytes: number, regime: Regime, elapsedMs: number): Intent {
  const distanceBytes = guest.targetBytes - wishedBytes;
  if (distanceBytes < deadBand(guest)) return stay(guest, "dead-band");
  // A balloon still on its way down is not sent further: what it shows must be seen first.
  const ahead = guest.actualBytes - guest.targetBytes;
  const seconds = Math.min(elapsedMs, MAX_ELAPSED_MS) / 1000;
  const paceBytes = pace(guest, regime) * seconds - Math.max(0, ahead);
  const paced = Math.min(Math.max(MIN_STEP_BYTES, distanceBytes * STEP_SHARE[regime]), paceBytes);
  // What the guest never touched it will not miss: that goes at once, and only then can its balloon reach what counts.
  const untouched = untouchedBytes(guest.facts, guest.targetBytes, guest.memory.overheadBytes);
  const stepBytes = Math.min(distanceBytes, Math.max(paced, untouched * UNTOUCHED_SHARE[regime]));
  if (stepBytes < MIB) return stay(guest, "steady", "the balloon is on its way");
  const reason =
    regime === "critical" ? "take-to-guarantee" : regime === "scarce" ? "take-to-floor" : "take-idle";
  return { targetBytes: wholeMib(guest.targetBytes - stepBytes), reason };
}

function pace(guest: Assessment, regime: Regime): number {
  if (regime !== "tight") return guest.memory.progress.inflateBytesPerSecond;
  return Math.max(MIN_STEP_BYTES, guest.facts.limits.maxBytes * TIGHT_SHARE_PER_SECOND);
}

function deadBand(guest: Assessment): number {
  return deadBandBytes(guest.facts.limits.maxBytes);
}

/** A hand-held target is honoured, but a guest that called for memory since keeps what it needs. */
function byHand(guest: Assessment, manualBytes: number, hold: Hold | undefined): Intent {
  const { demandAtMs } = guest.memory.motion;
  const calledSince = demandAtMs !== undefined && demandAtMs > (guest.facts.manual?.sinceMs ?? 0);
  const lowestBytes = calledSince ? guest.floorBytes : (guest.usedBytes ?? 0) + MANUAL_MARGIN_BYTES;
  const { minBytes, maxBytes } = guest.facts.limits;
  const targetBytes = wholeMib(clamp(Math.max(manualBytes, lowestBytes), minBytes, maxBytes));
  const limited = targetBytes > manualBytes ? { detail: "kept above what the guest uses" } : {};
  if (targetBytes >= guest.targetBytes) return { targetBytes, reason: "manual", ...limited };
  if (hold !== undefined && !yieldsToHand(hold, guest)) return stay(guest, hold.reason, hold.detail);
  return { targetBytes, reason: "manual", ...limited };
}

/** An admin knows more than what is merely prudent, but not more than a guest that calls or cannot be seen. */
function yieldsToHand(hold: Hold, guest: Assessment): boolean {
  if (hold.reason === "hold-under-pressure") return guest.pressure === "low";
  return BY_HAND.has(hold.reason);
}

const BY_HAND: ReadonlySet<Reason> = new Set(["no-information", "hold-after-turn", "hold-cache-filling"]);

function wholeMib(bytes: number): number {
  return Math.round(bytes / MIB) * MIB;
}
