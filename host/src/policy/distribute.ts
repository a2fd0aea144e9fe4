import { clamp, sum } from "../model/bytes.ts";

/** One who takes part in the distribution. */
export interface Claim {
  readonly name: string;
  readonly shares: number;
  readonly minBytes: number;
  /** Less and its programs are out of memory: what it uses, and what it is taking at this moment. */
  readonly bareBytes: number;
  /** Less and its programs have no room: what it uses and room to grow, without cache. */
  readonly vitalBytes: number;
  readonly floorBytes: number;
  readonly wantBytes: number;
  readonly maxBytes: number;
}

/**
 * Idle-memory tax (Waldspurger, "Memory Resource Management in VMware ESX Server", OSDI 2002, section 5.2; its default): a
 * byte beyond what a guest needs costs it 1 ÷ (1 - tax) = 4 bytes of its shares, so that what is over goes to those who work.
 */
export const IDLE_TAX = 0.75;

/** What lies within the floors works. */
const UNTAXED_TIERS = 3;

/** One claim within the tier where capacity runs out: `bytes(level)` is linear between its two levels, constant outside. */
interface Slope {
  readonly lowBytes: number;
  readonly highBytes: number;
  readonly fromLevel: number;
  readonly bytesPerLevel: number;
}

/**
 * Weighted max-min fairness (water-filling) in tiers: all guarantees, then what programs use, then what they cannot do without, then all floors, then all wants, then the surplus up to
 * the maxima. Within the tier where capacity runs out each is filled to a common level of cost ÷ shares, never less than the
 * tier before gave and never more than this tier asks; what lies above a floor is taxed as idle. Guarantees are given even
 * when capacity does not reach. O(n log n).
 */
export function distribute(claims: readonly Claim[], capacityBytes: number): Map<string, number> {
  let lower = claims.map((claim) => claim.minBytes);
  const tiers: ((claim: Claim) => number)[] = [
    (c) => c.bareBytes,
    (c) => c.vitalBytes,
    (c) => c.floorBytes,
    (c) => c.wantBytes,
    (c) => c.maxBytes,
  ];
  for (const [index, tier] of tiers.entries()) {
    const upper = claims.map((claim, i) => Math.max(lower[i] ?? 0, tier(claim)));
    if (sum(upper, Number) > capacityBytes) {
      const tax = index < UNTAXED_TIERS ? 0 : IDLE_TAX;
      const slopes = claims.map((claim, i) => slope(claim, lower[i] ?? 0, upper[i] ?? 0, tax));
      return named(claims, fill(slopes, capacityBytes));
    }
    lower = upper;
  }
  return named(claims, lower);
}

/** Cost of P bytes: P up to the floor F, F + (P - F) ÷ (1 - tax) above it; the level is cost ÷ shares. */
function slope(claim: Claim, lowBytes: number, highBytes: number, tax: number): Slope {
  const { shares, floorBytes } = claim;
  const costOfLow = tax === 0 ? lowBytes : floorBytes + (lowBytes - floorBytes) / (1 - tax);
  return { lowBytes, highBytes, fromLevel: costOfLow / shares, bytesPerLevel: shares * (1 - tax) };
}

/** Raises the level until capacity is used up: between two turning points the sum is linear in it. */
function fill(slopes: readonly Slope[], capacityBytes: number): number[] {
  const turns = slopes.flatMap((s) => [
    { level: s.fromLevel, change: s.bytesPerLevel },
    { level: s.fromLevel + (s.highBytes - s.lowBytes) / s.bytesPerLevel, change: -s.bytesPerLevel },
  ]);
  turns.sort((a, b) => a.level - b.level);
  let level = turns[0]?.level ?? 0;
  let bytes = sum(slopes, (s) => s.lowBytes);
  let rise = 0;
  for (const turn of turns) {
    const atTurn = bytes + rise * (turn.level - level);
    if (atTurn > capacityBytes) break;
    bytes = atTurn;
    level = turn.level;
    rise += turn.change;
  }
  if (rise > 0) level += Math.max(0, capacityBytes - bytes) / rise;
  return slopes.map((s) => Math.floor(bytesAt(s, level)));
}

function bytesAt(s: Slope, level: number): number {
  return clamp(s.lowBytes + (level - s.fromLevel) * s.bytesPerLevel, s.lowBytes, s.highBytes);
}

function named(claims: readonly Claim[], bytes: readonly number[]): Map<string, number> {
  return new Map(claims.map((claim, i) => [claim.name, bytes[i] ?? claim.minBytes]));
}
