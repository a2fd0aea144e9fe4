/** Nothing is taken that a guest says it uses, even if it is doubted; only in an emergency that ends at its fair share. */
import { clamp, MIB } from "../../model/bytes.ts";
import { worse } from "../../model/plan.ts";
import type { GuestNeed } from "../need/assess.ts";
import type { TakingScene } from "./protection.ts";

/**
 * The least that a doubted guest keeps, in bytes: what it says that it uses, and `marginBytes`. It may be true although the host
 * cannot see it. What is doubted was never touched: under `resident` accounting taking it frees nothing. Under `strict` accounting it
 * counts in full, and two cases limit it to the guest's fair share, because another guest or the host would fail:
 * - the regime is `critical`;
 * - another guest is failing, and what all guests say that they use does not fit together.
 */
export function saidLeastBytes(guest: GuestNeed, marginBytes: number, scene: TakingScene): number {
  const leastBytes = saidNeedBytes(guest, marginBytes);
  return isOverruled(scene) ? Math.min(leastBytes, fairShareBytes(guest, scene)) : leastBytes;
}

function isOverruled({ settings, regime, failing, saidTooMuch }: TakingScene): boolean {
  if (settings.accounting === "resident") return false;
  return regime === "critical" || (failing && saidTooMuch && worse(regime, "tight"));
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
