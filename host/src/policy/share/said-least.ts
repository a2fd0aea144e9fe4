/** The limit that a guest's own word sets to taking, whatever the host believes of it. */
import { clamp, MIB } from "../../model/bytes.ts";
import { worse } from "../../model/plan.ts";
import type { GuestNeed } from "../need/assess.ts";
import type { TakingScene } from "./protection.ts";

/**
 * The least that may be left to a guest whose word is doubted: what it says that it uses, and `marginBytes`. It may be true though
 * the host cannot see it. Above its fair share its word does not count while the host itself fails, nor while another guest fails and what
 * all guests say does not fit together: the other one would die of it. As long as it fits, what is idle elsewhere is taken first.
 */
export function saidLeastBytes(guest: GuestNeed, marginBytes: number, scene: TakingScene): number {
  const leastBytes = saidNeedBytes(guest, marginBytes);
  const isFailing =
    scene.regime === "critical" || (scene.failing && scene.saidTooMuch && worse(scene.regime, "tight"));
  return isFailing ? Math.min(leastBytes, fairShareBytes(guest, scene)) : leastBytes;
}

function saidNeedBytes(
  { facts: { limits }, doubtedBytes, saidBytes }: GuestNeed,
  marginBytes: number,
): number {
  if (doubtedBytes === 0) return limits.minBytes;
  return clamp(Math.ceil((saidBytes + marginBytes) / MIB) * MIB, limits.minBytes, limits.maxBytes);
}

function fairShareBytes({ facts: { limits } }: GuestNeed, { fairBytesPerShare }: TakingScene): number {
  return Math.max(limits.minBytes, limits.shares * fairBytesPerShare);
}
