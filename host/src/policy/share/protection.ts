/** Nothing is taken from a guest that cannot be moved or seen, boots, demanded lately, is under pressure, or was just given memory. */
import { sum } from "../../model/bytes.ts";
import { type ProtectionKind, type Regime, worse } from "../../model/plan.ts";
import type { PolicySettings } from "../../model/settings.ts";
import { fairBytesPerShare } from "../budget/fair-share.ts";
import { capacityBytes, isHostShort, type Ledger } from "../budget/ledger.ts";
import { deadBandBytes } from "../dead-band.ts";
import { exclusion } from "../learn/balloon-progress.ts";
import { bootAgeMs } from "../learn/freshness.ts";
import type { GuestNeed } from "../need/assess.ts";
import { undriven } from "../need/undriven.ts";

/** What decides, beside the guest itself, whether and how far memory may be taken. */
export interface TakingScene {
  readonly regime: Regime;
  readonly settings: PolicySettings;
  readonly nowMs: number;
  /** The part of the budget for one share. */
  readonly fairBytesPerShare: number;
  /** A guest has less than its programs use, a demand is unpaid, or the host itself runs out: caches and headroom must wait. */
  readonly failing: boolean;
  /** The host itself runs out. */
  readonly hostShort: boolean;
  /** Names of guests that are failing, miss their hot cache or have less than their floor. */
  readonly needy: ReadonlySet<string>;
  /** What all guests say that they use, with headroom, does not fit together. A guest above its fair share must then yield. */
  readonly saidTooMuch: boolean;
}

/** The circumstances of one decision. */
export function takingScene(
  ledger: Ledger,
  guests: readonly GuestNeed[],
  regime: Regime,
  settings: PolicySettings,
  nowMs: number,
): TakingScene {
  const fairBytes = fairBytesPerShare(ledger, guests);
  const hostShort = isHostShort(ledger);
  const failing = hostShort || guests.some(isFailing);
  const needy = new Set(guests.filter(isNeedy).map(({ facts }) => facts.name));
  const saidBytes = sum(guests, ({ floorBytes, saidBytes, headroomBytes }) =>
    Math.max(floorBytes, saidBytes + headroomBytes),
  );
  const saidTooMuch = saidBytes > capacityBytes(guests, ledger);
  return { regime, settings, nowMs, fairBytesPerShare: fairBytes, failing, hostShort, needy, saidTooMuch };
}

/** A guest that cannot be helped makes no others wait. */
function isFailing({ facts, memory, targetBytes, bareBytes }: GuestNeed): boolean {
  if (undriven(facts) !== undefined) return false;
  return (memory.owed !== undefined && memory.owed.isPatient !== true) || targetBytes < bareBytes;
}

function isNeedy(guest: GuestNeed): boolean {
  const { facts, memory, targetBytes, floorBytes } = guest;
  if (undriven(facts) !== undefined) return false;
  return (
    isFailing(guest) ||
    memory.cache.missing ||
    targetBytes < floorBytes - deadBandBytes(facts.limits.maxBytes)
  );
}

/** Whether the host or another guest needs what this guest could give. */
export function isNeededElsewhere({ facts }: GuestNeed, { hostShort, needy }: TakingScene): boolean {
  return hostShort || needy.size > (needy.has(facts.name) ? 1 : 0);
}

/** Why nothing may be taken from a guest now. */
export interface Protection {
  readonly kind: ProtectionKind;
  readonly detail?: string;
}

/** In a shortage a demand protects its guest for this share of the usual time. */
const SHORT_PROTECTION_SHARE = 1 / 3;

const LASTING: ReadonlySet<ProtectionKind> = new Set([
  "inhibited",
  "booting",
  "stuck",
  "ineffective",
  "no-information",
  "stale-report",
  "agent-lost",
]);

/** Why nothing may be taken from this guest: the most fundamental reason. Undefined: taking is allowed. Giving always is. */
export function protectionFromTaking(guest: GuestNeed, scene: TakingScene): Protection | undefined {
  return unable(guest, scene.nowMs) ?? unknown(guest) ?? booting(guest, scene) ?? calm(guest, scene);
}

/** Whether the admin should see this protection even while nothing would be taken. */
export function isLasting(protection: Protection): boolean {
  return LASTING.has(protection.kind);
}

function unable(guest: GuestNeed, nowMs: number): Protection | undefined {
  const [first] = guest.facts.inhibitions;
  if (first !== undefined) return { kind: "inhibited", detail: guest.facts.inhibitions.join(", ") };
  const excluded = exclusion(guest.memory.progress, nowMs);
  if (excluded === undefined) return undefined;
  const leftMs = (guest.memory.progress.excludedUntilMs ?? nowMs) - nowMs;
  return { kind: excluded, detail: `tried again in ${Math.ceil(leftMs / 1000)} s` };
}

function unknown(guest: GuestNeed): Protection | undefined {
  if (guest.agentLost) return { kind: "agent-lost" };
  if (guest.source !== "none") return undefined;
  return { kind: guest.facts.report === undefined ? "no-information" : "stale-report" };
}

function booting(guest: GuestNeed, scene: TakingScene): Protection | undefined {
  const { regime, settings, nowMs } = scene;
  // An agent that reports shows that the guest has booted. Only in a shortage that is enough to take.
  if (guest.source === "agent" && worse(regime, "tight")) return undefined;
  if (othersFail(scene) && isAboveFairShareInShortage(guest, scene)) return undefined;
  const leftMs = settings.tuning.bootProtectMs - bootAgeMs(guest.facts, nowMs);
  if (leftMs <= 0) return undefined;
  return { kind: "booting", detail: `booting, for ${Math.ceil(leftMs / 1000)} s more` };
}

/** Whether other guests are out of memory, or are about to be. */
function othersFail({ failing, regime }: TakingScene): boolean {
  return failing || regime === "critical";
}

function calm(guest: GuestNeed, scene: TakingScene): Protection | undefined {
  const { regime, settings, nowMs } = scene;
  if (regime === "critical" || isAboveFairShareInShortage(guest, scene)) return undefined;
  const { motion, cache } = guest.memory;
  const demandHoldMs =
    settings.tuning.holdAfterDemandMs * (worse(regime, "tight") ? SHORT_PROTECTION_SHARE : 1);
  if (since(motion.demandAtMs, nowMs) < demandHoldMs) return { kind: "demanded" };
  if (guest.pressure !== "none") return { kind: "under-pressure", detail: guest.pressure };
  // In a shortage memory above the floor is taken in spite of the rest: the floor contains growth, and a stream's cache is worth little.
  if (worse(regime, "tight")) return undefined;
  if ((guest.facts.report?.growthBytesPerSecond ?? 0) > 0) return { kind: "growing" };
  if (cache.filling) return { kind: "cache-filling" };
  const turned =
    motion.direction === "up" && since(motion.movedAtMs, nowMs) < settings.tuning.holdAfterTurnMs;
  return turned ? { kind: "turned" } : undefined;
}

/** In a shortage demands and pressure protect a guest only up to its fair share: otherwise the guest that demands most had it all. */
function isAboveFairShareInShortage(
  { facts, targetBytes }: GuestNeed,
  { regime, fairBytesPerShare }: TakingScene,
): boolean {
  return worse(regime, "tight") && targetBytes > facts.limits.shares * fairBytesPerShare;
}

function since(atMs: number | undefined, nowMs: number): number {
  return atMs === undefined ? Number.POSITIVE_INFINITY : nowMs - atMs;
}
