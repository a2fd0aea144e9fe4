import { sum } from "../../model/bytes.ts";
import { type ProtectionKind, type Regime, worse } from "../../model/plan.ts";
import type { PolicySettings } from "../../model/settings.ts";
import { fairBytesPerShare } from "../budget/fair-share.ts";
import { capacityBytes, isHostShort, type Ledger } from "../budget/ledger.ts";
import { exclusion } from "../learn/balloon-progress.ts";
import { bootAgeMs } from "../learn/freshness.ts";
import type { GuestNeed } from "../need/assess.ts";

/** Circumstances under which memory may be taken. */
export interface TakingScene {
  readonly regime: Regime;
  readonly settings: PolicySettings;
  readonly nowMs: number;
  /** Each share's part of the budget. */
  readonly fairBytesPerShare: number;
  /** Somebody's programs have not what they use, or called in vain, or the host itself runs out: caches and room must wait. */
  readonly failing: boolean;
  /** What all guests say that they use and their room to grow do not fit together, so one above its fair share must yield to others. */
  readonly saidTooMuch: boolean;
}

/** The scene of one decision. */
export function takingScene(
  ledger: Ledger,
  guests: readonly GuestNeed[],
  regime: Regime,
  settings: PolicySettings,
  nowMs: number,
): TakingScene {
  const fairBytes = fairBytesPerShare(ledger, guests);
  const failing = isHostShort(ledger) || guests.some(isFailing);
  const saidBytes = sum(guests, ({ floorBytes, saidBytes, headroomBytes }) =>
    Math.max(floorBytes, saidBytes + headroomBytes),
  );
  const saidTooMuch = saidBytes > capacityBytes(guests, ledger);
  return { regime, settings, nowMs, fairBytesPerShare: fairBytes, failing, saidTooMuch };
}

function isFailing({ memory, targetBytes, bareBytes }: GuestNeed): boolean {
  return memory.owed !== undefined || targetBytes < bareBytes;
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

/**
 * Why nothing may be taken from this guest, most fundamental reason first; absent: taking is allowed. Giving is never held.
 */
export function protectionFromTaking(guest: GuestNeed, scene: TakingScene): Protection | undefined {
  return unable(guest, scene.nowMs) ?? unknown(guest) ?? booting(guest, scene) ?? calm(guest, scene);
}

/** Worth telling even while nothing would be taken. */
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

function booting(guest: GuestNeed, { regime, settings, nowMs }: TakingScene): Protection | undefined {
  // An agent that reports proves that user space is up; only in a shortage that is reason enough to take.
  if (guest.source === "agent" && worse(regime, "tight")) return undefined;
  const leftMs = settings.tuning.bootProtectMs - bootAgeMs(guest.facts, nowMs);
  if (leftMs <= 0) return undefined;
  return { kind: "booting", detail: `booting, for ${Math.ceil(leftMs / 1000)} s more` };
}

function calm(guest: GuestNeed, scene: TakingScene): Protection | undefined {
  const { regime, settings, nowMs } = scene;
  if (regime === "critical" || !isHeard(guest, scene)) return undefined;
  const { motion, cache } = guest.memory;
  const demandHoldMs =
    settings.tuning.holdAfterDemandMs * (worse(regime, "tight") ? SHORT_PROTECTION_SHARE : 1);
  if (since(motion.demandAtMs, nowMs) < demandHoldMs) return { kind: "demanded" };
  if (guest.pressure !== "none") return { kind: "under-pressure", detail: guest.pressure };
  // In a shortage what lies above the floor is taken all the same: momentum is in the floor, and a stream's cache is worth little.
  if (worse(regime, "tight")) return undefined;
  if ((guest.facts.report?.growthBytesPerSecond ?? 0) > 0) return { kind: "growing" };
  if (cache.filling) return { kind: "cache-filling" };
  const turned =
    motion.direction === "up" && since(motion.movedAtMs, nowMs) < settings.tuning.holdAfterTurnMs;
  return turned ? { kind: "turned" } : undefined;
}

/** In a shortage a guest's calls and complaints keep it what is its fair share, and no more: or the loudest would have it all. */
function isHeard({ facts, targetBytes }: GuestNeed, { regime, fairBytesPerShare }: TakingScene): boolean {
  return !worse(regime, "tight") || targetBytes <= facts.limits.shares * fairBytesPerShare;
}

function since(atMs: number | undefined, nowMs: number): number {
  return atMs === undefined ? Number.POSITIVE_INFINITY : nowMs - atMs;
}
